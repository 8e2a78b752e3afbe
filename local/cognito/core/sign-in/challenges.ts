/**
 * Sign-ins that are under way: the challenges without an answer yet. They are in memory only, because they
 * last three minutes. After a restart a person signs in again.
 */
import { randomBytes } from 'node:crypto';
import type { ChallengeResult, CustomChallenge } from '../../triggers/custom-auth.ts';
import { notAuthorized } from '../errors.ts';
import type { SrpExchange } from './srp.ts';

/** Steps of managed login, after the password. No operation of the API answers them. */
export type ManagedLoginStep =
  | 'LOGIN_CHANGE_PASSWORD'
  | 'LOGIN_CONFIRM'
  | 'LOGIN_MFA'
  | 'LOGIN_MFA_SETUP'
  | 'LOGIN_SELECT_MFA';

export type ChallengeName =
  | ManagedLoginStep
  | 'CUSTOM_CHALLENGE'
  | 'DEVICE_PASSWORD_VERIFIER'
  | 'DEVICE_SRP_AUTH'
  | 'EMAIL_OTP'
  | 'MFA_SETUP'
  | 'NEW_PASSWORD_REQUIRED'
  | 'PASSKEY_REGISTRATION'
  | 'PASSWORD_VERIFIER'
  | 'SELECT_CHALLENGE'
  | 'SELECT_MFA_TYPE'
  | 'SMS_MFA'
  | 'SMS_OTP'
  | 'SOFTWARE_TOKEN_MFA'
  | 'WEB_AUTHN';

/** State of a custom authentication. It never leaves the emulator. */
export interface CustomState extends Partial<Omit<CustomChallenge, 'publicParameters'>> {
  readonly history: readonly ChallengeResult[];
}

export interface Challenge {
  readonly name: ChallengeName;
  readonly username: string;
  readonly clientId: string;
  /** Of a proof by SRP: absent where no such user exists, which must not show. */
  readonly exchange?: SrpExchange;
  /** Of `CUSTOM_CHALLENGE`, and of a password that is a part of a custom authentication. */
  readonly custom?: CustomState;
  /** Of a code that is sent: absent if none was, because nobody with such an address may sign in. */
  readonly code?: string;
  /** Whether the code is a second factor. */
  readonly isSecond?: boolean;
  /** Of `MFA_SETUP`: the secret of the authenticator app, and whether it was shown to work. */
  readonly softwareToken?: { readonly secret: string; readonly verified: boolean };
  /** The device that the app says it is on. */
  readonly deviceKey?: string;
  /** Of `WEB_AUTHN`: what the passkey signs. */
  readonly passkeyChallenge?: string;
}

/** Cognito's default `AuthSessionValidity`, in ms. */
const VALIDITY = 3 * 60 * 1000;
const MOST = 10_000;

const MOST_FAILURES = 5;

type Open = Challenge & { readonly expires: number; readonly failures?: number };

export class Challenges {
  readonly #open = new Map<string, Open>();

  /** @param id What the caller will name; made up where it is not given. */
  ask(challenge: Challenge, id = randomBytes(64).toString('base64url')): string {
    for (const [old, { expires }] of this.#open)
      if (expires <= Date.now() || this.#open.size >= MOST) this.#open.delete(old);
      else break;
    this.#open.set(id, { ...challenge, expires: Date.now() + VALIDITY });
    return id;
  }

  /**
   * What was asked under this id. It stays open, so that a mistyped code can be corrected, until
   * `close` ends it.
   */
  recall(
    id: string,
    expected: Pick<Challenge, 'name'> & Partial<Pick<Challenge, 'clientId'>>,
  ): Challenge {
    const found = this.#open.get(id);
    if (found?.name !== expected.name || (expected.clientId ?? found.clientId) !== found.clientId)
      throw notAuthorized('Invalid session for the user.');
    if (found.expires <= Date.now())
      throw notAuthorized('Invalid session for the user, session is expired.');
    return found;
  }

  /** Counts a wrong answer. The fifth one ends the challenge, so that codes cannot be guessed. */
  fail(id: string): void {
    const found = this.#open.get(id);
    if (found === undefined) return;
    const failures = (found.failures ?? 0) + 1;
    if (failures < MOST_FAILURES) this.#open.set(id, { ...found, failures });
    else this.#open.delete(id);
  }

  /** Whether there is such a challenge. It may have expired. */
  has(id: string): boolean {
    return this.#open.has(id);
  }

  close(id: string): void {
    this.#open.delete(id);
  }

  /** Ends every challenge of a user. */
  closeAll(username: string): void {
    for (const [id, challenge] of this.#open)
      if (challenge.username === username) this.#open.delete(id);
  }
}
