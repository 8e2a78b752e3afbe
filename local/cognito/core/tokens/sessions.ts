/**
 * Sessions of people. The caller gets a random refresh token. The store has its hash and the session.
 * Ended sessions are kept until they would have expired, so that the error can say "revoked".
 */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { SessionRecord } from '../../store/records.ts';
import type { SessionRows } from '../../store/session-rows.ts';
import { notAuthorized } from '../errors.ts';

export type Session = SessionRecord;

/** How long an expired session is kept, in milliseconds. */
const LINGER = 24 * 60 * 60 * 1000;

const hashOf = (token: string): string => createHash('sha256').update(token).digest('base64url');

export interface NewSession {
  readonly username: string;
  readonly clientId: string;
  /** Of the refresh token, in milliseconds. */
  readonly lifetime: number;
  readonly scopes?: readonly string[] | undefined;
  readonly deviceKey?: string | undefined;
}

export class Sessions {
  readonly #rows: SessionRows;

  constructor(rows: SessionRows) {
    this.#rows = rows;
    rows.sweep(Date.now() - LINGER);
  }

  /** A session that has just begun. It is valid after `open` has stored it. */
  begin({ username, clientId, lifetime, scopes, deviceKey }: NewSession): Session {
    const now = Date.now();
    return {
      originJti: randomUUID(),
      eventId: randomUUID(),
      username,
      clientId,
      authTime: Math.floor(now / 1000),
      expires: now + lifetime,
      ...(scopes && { scopes }),
      ...(deviceKey !== undefined && { deviceKey }),
    };
  }

  /** Stores a session and returns its refresh token. */
  open(session: Session): string {
    const token = randomBytes(96).toString('base64url');
    this.#rows.save(hashOf(token), session);
    return token;
  }

  /** Replaces a refresh token. The new one expires when the old one would have. */
  rotate(token: string, session: Session): string {
    if (session.replaced === undefined)
      this.#rows.save(hashOf(token), { ...session, replaced: Date.now() });
    const { replaced: _, ...current } = session;
    return this.open(current);
  }

  /**
   * @param grace How long a replaced token stays valid, in milliseconds.
   * @throws CognitoError `NotAuthorizedException` if the token is not valid.
   */
  resume(token: string, clientId: string, grace = 0): Session {
    const session = this.#rows.get(hashOf(token));
    if (session === undefined || session.clientId !== clientId)
      throw notAuthorized('Invalid Refresh Token');
    const isReplaced = session.replaced !== undefined && session.replaced + grace <= Date.now();
    if (session.revoked || isReplaced) throw notAuthorized('Refresh Token has been revoked');
    if (session.expires <= Date.now()) throw notAuthorized('Refresh Token has expired');
    return session;
  }

  /** Ends the session of one refresh token. It does not tell whether there was one. */
  revoke(token: string, clientId: string): void {
    const session = this.#rows.get(hashOf(token));
    if (session?.clientId === clientId) this.revokeOrigin(session.originJti);
  }

  /** Ends a session with all its refresh tokens. */
  revokeOrigin(originJti: string): void {
    this.#end(this.#rows.ofOrigin(originJti));
  }

  /** Ends every session of a user. */
  revokeUser(username: string): void {
    this.#end(this.#rows.ofUser(username));
  }

  /** A user's open sessions, the least recently used first. Rotation makes several rows of one session. */
  ofUser(username: string): readonly Session[] {
    const open = new Map<string, Session>();
    for (const [, session] of this.#rows.ofUser(username))
      if (!session.revoked && session.replaced === undefined && session.expires > Date.now())
        open.set(session.originJti, session);
    const lastOf = ({ lastActive, authTime }: Session) => lastActive ?? authTime * 1000;
    return [...open.values()].sort((a, b) => lastOf(a) - lastOf(b));
  }

  /** Notes that a session was continued. */
  touch(token: string, session: Session): Session {
    const touched = { ...session, lastActive: Date.now() };
    this.#rows.save(hashOf(token), touched);
    return touched;
  }

  /** Ends every session of a user on one device. */
  revokeDevice(username: string, deviceKey: string): void {
    this.#end(this.#rows.ofUser(username).filter(([, session]) => session.deviceKey === deviceKey));
  }

  #end(rows: ReturnType<SessionRows['ofUser']>): void {
    for (const [hash, session] of rows) this.#rows.save(hash, { ...session, revoked: true });
  }

  /** Whether the session of an access token has been ended, or is not known. */
  isRevoked(originJti: string): boolean {
    const rows = this.#rows.ofOrigin(originJti);
    return rows.length === 0 || rows.some(([, { revoked }]) => revoked);
  }
}
