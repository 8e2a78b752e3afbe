/** What the OAuth endpoints remember between requests: codes and browsers. */
import type { Configuration } from 'openid-client';
import type { ClientRecord, IdentityProviderRecord } from '../store/records.ts';
import { Expiring } from './expiring.ts';
import type { OidcProof } from './federation-oidc.ts';
import type { SamlProof } from './federation-saml.ts';

/** What an authorization code stands for. */
export interface Grant {
  readonly poolId: string;
  readonly clientId: ClientRecord['ClientId'];
  readonly redirectUri: string;
  readonly scopes: readonly string[];
  readonly challenge?: string | undefined;
  readonly nonce?: string | undefined;
  /** Of the person. A username may be given to somebody else. */
  readonly sub: string;
  /** Seconds since the epoch. */
  readonly authTime: number;
}

/** A person who is signed in to managed login in one browser. */
export interface BrowserSession {
  readonly poolId: string;
  readonly sub: string;
  /** Seconds since the epoch. */
  readonly authTime: number;
}

/** A person who was sent to another identity provider. */
export interface Departure {
  readonly provider: string;
  /** The query of the app's request. */
  readonly query: string;
  /** What the answer is checked against, by protocol. */
  readonly proof: { readonly oidc?: OidcProof; readonly saml?: SamlProof };
}

/** What a departure begins with. */
export interface Leaving {
  readonly provider: IdentityProviderRecord;
  /** The host at which the browser began, and comes back to. */
  readonly origin: string;
  readonly state: string;
}

const MINUTE = 60_000;

export interface Memory {
  /** Valid for 5 minutes, as on AWS. */
  readonly codes: Expiring<Grant>;
  /** Session of a code that was used, by code. A second use ends that session (RFC 6749, 4.1.2). */
  readonly used: Expiring<{ readonly poolId: string; readonly originJti: string }>;
  /** By state. */
  readonly departures: Expiring<Departure>;
  /** What other identity providers tell of themselves. */
  readonly providers: Expiring<Configuration>;
  /** Valid for an hour, as on AWS. */
  readonly browsers: Expiring<BrowserSession>;
}

export const makeMemory = (): Memory => ({
  codes: new Expiring(5 * MINUTE),
  used: new Expiring(60 * MINUTE),
  departures: new Expiring(10 * MINUTE),
  providers: new Expiring(10 * MINUTE),
  browsers: new Expiring(60 * MINUTE),
});
