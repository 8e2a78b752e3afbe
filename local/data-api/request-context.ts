/**
 * Prepares a request's transaction before the query, as PostgREST does: sets role, claims, headers and
 * the role's own settings, and calls the pre-request function. lite sets role and claims only.
 * https://docs.postgrest.org/en/stable/references/transactions.html
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { type Kysely, sql } from 'kysely';
import type { DatabaseRole } from './caller.ts';
import type { RoleSettings } from './role-settings.ts';

/** The current HTTP request. */
export const currentRequest = new AsyncLocalStorage<Request>();

/** The caller, which server.ts has given to lite. */
interface SessionVariables {
  readonly auth?: { readonly role?: string; readonly jwt?: Readonly<Record<string, unknown>> };
}

const ROLES: readonly DatabaseRole[] = ['anon', 'authenticated', 'service_role'];

/** Settings of a request, by PostgREST's names. */
function settingsOf(
  { auth }: SessionVariables,
  request: Request | undefined,
  roles: RoleSettings,
): readonly (readonly [string, string])[] {
  const role = ROLES.find((name) => name === auth?.role) ?? 'anon';
  return [
    ['role', role],
    ['request.jwt.claims', JSON.stringify(auth?.jwt ?? { role })],
    // The older setting of the same. If it has a value, auth.jwt() prefers it.
    ['request.jwt.claim', ''],
    ['request.method', request?.method ?? ''],
    ['request.path', request ? new URL(request.url).pathname.replace(/^\/rest\/v1/, '') : ''],
    ['request.headers', JSON.stringify(Object.fromEntries(request?.headers ?? []))],
    ['request.cookies', '{}'],
    ...(/^(GET|HEAD)$/.test(request?.method ?? '')
      ? [['transaction_read_only', 'on'] as const]
      : []),
    ...(roles.ofRole.get(role) ?? []),
  ];
}

/**
 * Makes the function that begins a request, in the transaction of the request.
 *
 * An error of the pre-request function is the answer to the request. A missing function is an error too,
 * so that a check is never skipped.
 */
export const createBeginRequest =
  (roles: () => RoleSettings) =>
  async (db: Kysely<unknown>, variables: SessionVariables): Promise<void> => {
    const { preRequest } = roles();
    const settings = settingsOf(variables, currentRequest.getStore(), roles());
    const calls = settings.map(([name, value]) => sql`set_config(${name}, ${value}, true)`);
    await sql`select ${sql.join(calls)}`.execute(db);
    if (preRequest) await sql`select ${sql.id(...preRequest)}()`.execute(db);
  };
