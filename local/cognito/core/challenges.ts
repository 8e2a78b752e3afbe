/**
 * Sign-ins that are under way: the challenges without an answer yet. They are in memory only, because they
 * last three minutes. After a restart a person signs in again.
 */
import { randomBytes } from 'node:crypto';
import type { ChallengeResult, CustomChallenge } from '../triggers/custom-auth.ts';
import { notAuthorized } from './errors.ts';
import type { SrpExchange } from './srp.ts';

/** Steps of managed login, after the password. No operation of the API answers them. */
export type ManagedLoginStep = 'LOGIN_CHANGE_PASSWORD' | 'LOGIN_CONFIRM' | 'LOGIN_MFA';

export type ChallengeName =
  | ManagedLoginStep
  | 'PASSWORD_VERIFIER'
  | 'NEW_PASSWORD_REQUIRED'
  | 'SOFTWARE_TOKEN_MFA'
  | 'CUSTOM_CHALLENGE'
  | 'SELECT_CHALLENGE'
  | 'EMAIL_OTP';

/** State of a custom authentication. It never leaves the emulator. */
export interface CustomState extends Partial<Omit<CustomChallenge, 'publicParameters'>> {
  readonly history: readonly ChallengeResult[];
}

export interface Challenge {
  readonly name: ChallengeName;
  readonly username: string;
  readonly clientId: string;
  /** Of `PASSWORD_VERIFIER`: absent where no such user exists, which must not show. */
  readonly exchange?: SrpExchange;
  /** Of `CUSTOM_CHALLENGE`, and of a password that is a part of a custom authentication. */
  readonly custom?: CustomState;
  /** Of `EMAIL_OTP`: absent if no code was sent, because nobody with such an address may sign in. */
  readonly code?: string;
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
  recall(id: string, expected: Pick<Challenge, 'name' | 'clientId'>): Challenge {
    const found = this.#open.get(id);
    if (found?.name !== expected.name || found.clientId !== expected.clientId)
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

  close(id: string): void {
    this.#open.delete(id);
  }
}
