/** What the OAuth endpoints remember between requests: codes and browsers. */
import type { ClientRecord } from '../store/records.ts';
import { Expiring } from './expiring.ts';

/** What an authorization code stands for. */
export interface Grant {
  readonly poolId: string;
  readonly clientId: ClientRecord['ClientId'];
  readonly redirectUri: string;
  readonly scopes: readonly string[];
  readonly challenge?: string | undefined;
  readonly nonce?: string | undefined;
  readonly username: string;
  /** Seconds since the epoch. */
  readonly authTime: number;
}

/** A person who is signed in to managed login in one browser. */
export interface BrowserSession {
  readonly poolId: string;
  readonly username: string;
  /** Seconds since the epoch. */
  readonly authTime: number;
}

const MINUTE = 60_000;

export interface Memory {
  /** Valid for 5 minutes, as on AWS. */
  readonly codes: Expiring<Grant>;
  /** Session of a code that was used, by code. A second use ends that session (RFC 6749, 4.1.2). */
  readonly used: Expiring<{ readonly poolId: string; readonly originJti: string }>;
  /** Valid for an hour, as on AWS. */
  readonly browsers: Expiring<BrowserSession>;
}

export const makeMemory = (): Memory => ({
  codes: new Expiring(5 * MINUTE),
  used: new Expiring(60 * MINUTE),
  browsers: new Expiring(60 * MINUTE),
});
