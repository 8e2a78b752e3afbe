/**
 * An operation on another person, in Cognito and in the database.
 *
 * The two cannot change in one transaction. The database begins the operation, which may refuse it; Cognito changes;
 * the database finishes. If Cognito refuses, nothing has changed. If the database does not answer afterwards, the queue
 * finishes it. A repeated request with the same `Idempotency-Key` continues where the first one stopped.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Accepted, type RouteContext } from '../context.ts';
import { ApiError, type ApiErrorCode } from '../problem.ts';
import type { createUser } from '../routes.ts';
import { errorOfCognito, isCertain } from './cognito-errors.ts';
import type { UserPool } from './user-pool.ts';

/** What a guarded handler has, whatever its route is. */
export type AdminContext = Pick<RouteContext<typeof createUser>, 'data' | 'header' | 'parts'>;

export interface Change {
  /** As the database knows it: `disable user`. */
  readonly operation: string;
  /** Claim sub. Absent for a user who is made. */
  readonly sub?: string;
  readonly group?: string;
  /** What else the request says, so that a key is not used for another one. */
  readonly details?: unknown;
  /** Changes Cognito. Repeating it must do no harm. */
  readonly inCognito: (pool: UserPool, begun: Begun) => Promise<Changed>;
}

export interface Begun {
  readonly id: string;
  /** When the operation was begun first. */
  readonly startedAt: Date;
  /** Whether an earlier attempt may have changed Cognito. */
  readonly isRepeated: boolean;
}

/** For the directory. */
export interface Facts {
  readonly username?: string;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly groups?: readonly string[];
  /** As in `RESET_REQUIRED`. */
  readonly status?: string | undefined;
  /** Of a deletion: whether the user pool had the person. */
  readonly existed?: boolean;
}

export interface Changed {
  readonly sub: string;
  readonly facts?: Facts;
}

/** Milliseconds before each further attempt to finish. */
const PAUSES = [0, 100, 300];

async function begin(
  { data, header }: AdminContext,
  { operation, sub, group, details }: Change,
): Promise<Begun & { readonly result: unknown }> {
  const key = header('idempotency-key') ?? crypto.randomUUID();
  const request = JSON.stringify([operation, sub, group, details]);
  const args = { key, request, operation, sub, group_name: group };
  const begun = await data.rpc('begin_admin_operation', args);
  const { id, started_at, repeated, result } = begun as Readonly<Record<string, unknown>>;
  if (typeof id !== 'string' || typeof started_at !== 'string')
    throw new ApiError('UPSTREAM_FAILED', 'Supabase sent no operation.');
  return { id, startedAt: new Date(started_at), isRepeated: repeated === true, result };
}

/** The database says no, and would say so again. */
const LASTING: ReadonlySet<string> = new Set<ApiErrorCode>([
  'BAD_REQUEST',
  'CONFLICT',
  'NOT_FOUND',
]);

const isLasting = (error: unknown): boolean => error instanceof ApiError && LASTING.has(error.code);

/** Nothing has changed, so the same key may be tried again. */
const abandon = ({ data }: AdminContext, { id }: Begun): Promise<unknown> =>
  data.rpc('abandon_admin_operation', { id }).catch(() => undefined);

/** The caller's token finishes it, and if that does not work, the queue. */
async function finish(
  context: AdminContext,
  begun: Begun,
  { sub, facts = {} }: Changed,
): Promise<unknown> {
  const { data, parts } = context;
  const { id } = begun;
  const occurredAt = new Date().toISOString();
  let failure: unknown;
  for (const pause of PAUSES) {
    await delay(pause);
    try {
      return await data.rpc('finish_admin_operation', { id, sub, occurred_at: occurredAt, facts });
    } catch (error) {
      failure = error;
      if (!isLasting(error)) continue;
      if (error instanceof ApiError && error.code === 'NOT_FOUND') await abandon(context, begun);
      throw error;
    }
  }
  try {
    await parts.enqueue({ kind: 'operation', id, sub, occurredAt, facts: { ...facts } });
  } catch {
    throw failure;
  }
  return new Accepted({ operation: id, state: 'finishing' });
}

/**
 * @returns what the database says about the operation, or `Accepted`, which is answered with 202
 * @throws ApiError of the database or of Cognito
 */
export async function runOperation<T>(context: AdminContext, change: Change): Promise<T> {
  const begun = await begin(context, change);
  if (begun.result !== null) return begun.result as T;
  const pool = await context.parts.pool();
  let changed: Changed;
  try {
    changed = await change.inCognito(pool, begun);
  } catch (error) {
    // Without an answer Cognito may have changed. The operation stays begun, and a repeated request finds out.
    if (isCertain(error)) await abandon(context, begun);
    throw errorOfCognito(error);
  }
  return (await finish(context, begun, changed)) as T;
}

/** A change of an existing person, whose username Cognito has to be asked for. It returns what the directory has to know. */
export const onPerson =
  (sub: string, change: (pool: UserPool, username: string) => Promise<Facts>) =>
  async (pool: UserPool): Promise<Changed> => {
    const username = await pool.usernameOf(sub);
    if (username === undefined)
      throw new ApiError('NOT_FOUND', 'The user pool has no person with this sub.');
    return { sub, facts: await change(pool, username) };
  };
