/**
 * Sessions of people as they see them: one for each sign-in, with a limit for each person.
 *
 * Source: Cognito API reference, SetUserPoolSessionConfiguration and ListUserSessions.
 */
import { createHash } from 'node:crypto';
import type { UserRecord } from '../../store/records.ts';
import { invalidParameter, notFound } from '../errors.ts';
import type { Pool } from '../pool/pool.ts';
import type { Session } from './sessions.ts';

const NAME = 'sessions';
/** AWS's default. */
const MOST = 20;

export interface SessionConfiguration {
  readonly UserSessionTracking: 'ENABLED' | 'DISABLED';
  readonly TokenSession: { readonly MaxPerUser: number };
}

export const sessionConfiguration = ({ store }: Pool): SessionConfiguration =>
  (store.keptSettings.get(NAME)?.configuration as SessionConfiguration | undefined) ?? {
    UserSessionTracking: 'DISABLED',
    TokenSession: { MaxPerUser: MOST },
  };

export function configureSessions({ store }: Pool, settings: SessionConfiguration): void {
  const { MaxPerUser: most } = settings.TokenSession;
  if (!Number.isInteger(most) || most < 1 || most > 100)
    throw invalidParameter('MaxPerUser must be from 1 to 100.');
  store.keptSettings.save(NAME, { configuration: settings });
}

const isTracked = (pool: Pool): boolean =>
  sessionConfiguration(pool).UserSessionTracking === 'ENABLED';

/** 28 small letters and digits, as AWS gives them. */
const idOf = ({ originJti }: Session): string => {
  const digest = createHash('sha256').update(originJti).digest('hex');
  return `tkn${BigInt(`0x${digest}`).toString(36).padStart(25, '0').slice(0, 25)}`;
};

/** Before a new session, the least recently used ones above the limit end. */
export function makeRoom(pool: Pool, { Username }: UserRecord): void {
  const { TokenSession: limit } = sessionConfiguration(pool);
  if (!isTracked(pool)) return;
  const open = pool.sessions.ofUser(Username);
  for (const { originJti } of open.slice(0, Math.max(0, open.length - limit.MaxPerUser + 1)))
    pool.sessions.revokeOrigin(originJti);
}

/** A person's open sessions, the least recently used first. */
export function describeSessions(pool: Pool, { Username }: UserRecord, currentJti?: string) {
  if (!isTracked(pool))
    throw invalidParameter('Session tracking is not enabled in this user pool.');
  return pool.sessions.ofUser(Username).map((session) => ({
    SessionId: idOf(session),
    SessionType: 'TOKEN',
    ClientId: session.clientId,
    CreateDate: new Date(session.authTime * 1000),
    LastActiveDate: new Date(session.lastActive ?? session.authTime * 1000),
    DeviceType: 'unknown',
    IsCurrentSession: session.originJti === currentJti,
  }));
}

/** @throws CognitoError `ResourceNotFoundException` */
export function endSession(pool: Pool, { Username }: UserRecord, id: string): void {
  const session = pool.sessions.ofUser(Username).find((one) => idOf(one) === id);
  if (session === undefined) throw notFound(`Session ${id} does not exist.`);
  pool.sessions.revokeOrigin(session.originJti);
}
