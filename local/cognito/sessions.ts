/**
 * Sign-in sessions: what a refresh token stands for. cognito-local keeps each refresh token in the
 * user's record, as text, with no expiry, and knows no session behind it.
 *
 * The caller gets a random token; on disk is its hash, with the session that a refresh continues.
 * Ended sessions are kept until they would have expired, to tell "revoked" from "never seen".
 */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { JsonStore } from './data-store.ts';
import { notAuthorized } from './errors.ts';

export interface Session {
  /** Kept through refreshes; it is in every token of the session. */
  readonly originJti: string;
  readonly eventId: string;
  readonly username: string;
  readonly clientId: string;
  /** Seconds since the epoch. */
  readonly authTime: number;
  /** Milliseconds since the epoch. */
  readonly expires: number;
  readonly revoked?: boolean;
}

const SECTION = 'Sessions';
const LINGER = 24 * 60 * 60 * 1000;

const hashOf = (token: string): string => createHash('sha256').update(token).digest('base64url');

export class Sessions {
  readonly #store: JsonStore;
  readonly #byUser = new Map<string, Set<string>>();
  readonly #byOrigin = new Map<string, string>();

  constructor(store: JsonStore) {
    this.#store = store;
    const all = store.read<Record<string, Session>>(SECTION) ?? {};
    for (const [hash, session] of Object.entries(all))
      if (session.expires + LINGER < Date.now()) store.write([SECTION, hash], undefined);
      else this.#index(hash, session);
  }

  /** A session that has just begun; it counts once `open` has kept it. */
  begin(who: { username: string; clientId: string; lifetime: number }): Session {
    const now = Date.now();
    return {
      originJti: randomUUID(),
      eventId: randomUUID(),
      username: who.username,
      clientId: who.clientId,
      authTime: Math.floor(now / 1000),
      expires: now + who.lifetime,
    };
  }

  /** Keeps a session and gives the refresh token that continues it. */
  open(session: Session): string {
    const token = randomBytes(96).toString('base64url');
    const hash = hashOf(token);
    this.#store.write([SECTION, hash], session);
    this.#index(hash, session);
    return token;
  }

  /** @throws CognitoError `NotAuthorizedException` where the token continues nothing. */
  resume(token: string, clientId: string): Session {
    const session = this.#read(hashOf(token));
    if (session === undefined || session.clientId !== clientId)
      throw notAuthorized('Invalid Refresh Token');
    if (session.revoked) throw notAuthorized('Refresh Token has been revoked');
    if (session.expires <= Date.now()) throw notAuthorized('Refresh Token has expired');
    return session;
  }

  /** Ends the session of one refresh token. Whether there was one is not told. */
  revoke(token: string, clientId: string): void {
    const hash = hashOf(token);
    if (this.#read(hash)?.clientId === clientId) this.#revoke(hash);
  }

  /** Ends every session of a user: global sign-out, or the end of the account. */
  revokeUser(username: string): void {
    for (const hash of this.#byUser.get(username) ?? []) this.#revoke(hash);
  }

  /** Whether the session that an access token belongs to has been ended. */
  isRevoked(originJti: string): boolean {
    const hash = this.#byOrigin.get(originJti);
    return hash === undefined || this.#read(hash)?.revoked === true;
  }

  #read(hash: string): Session | undefined {
    return this.#store.read<Session>([SECTION, hash]);
  }

  #revoke(hash: string): void {
    const session = this.#read(hash);
    if (session && !session.revoked)
      this.#store.write([SECTION, hash], { ...session, revoked: true });
  }

  #index(hash: string, session: Session): void {
    this.#byOrigin.set(session.originJti, hash);
    const hashes = this.#byUser.get(session.username) ?? new Set();
    this.#byUser.set(session.username, hashes.add(hash));
  }
}
