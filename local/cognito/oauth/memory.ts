/** What the OAuth endpoints remember between requests: codes, browsers, and half-done sign-ins. */
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

/** The password was right, and something else is asked for. */
export interface HalfDone {
  readonly poolId: string;
  readonly clientId: string;
  readonly username: string;
  readonly step: 'changePassword' | 'confirm' | 'mfa';
  /** Wrong answers so far. */
  readonly failures: number;
}

const MINUTE = 60_000;

export interface Memory {
  /** Valid for 5 minutes, as on AWS. */
  readonly codes: Expiring<Grant>;
  /** Session of a code that was used, by code. A second use ends that session (RFC 6749, 4.1.2). */
  readonly used: Expiring<{ readonly poolId: string; readonly originJti: string }>;
  /** Valid for an hour, as on AWS. */
  readonly browsers: Expiring<BrowserSession>;
  /** Valid for 3 minutes, as a challenge of the API. */
  readonly halfDone: Expiring<HalfDone>;
}

export const makeMemory = (): Memory => ({
  codes: new Expiring(5 * MINUTE),
  used: new Expiring(60 * MINUTE),
  browsers: new Expiring(60 * MINUTE),
  halfDone: new Expiring(3 * MINUTE),
});
