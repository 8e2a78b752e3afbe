/**
 * What PostgREST does in a request's transaction before the query: it sets role, claims, headers and
 * the role's own settings, and calls the pre-request function. lite sets role and claims only.
 * https://docs.postgrest.org/en/stable/references/transactions.html
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { type Kysely, sql } from 'kysely';
import type { DatabaseRole } from './caller.ts';
import type { RoleSettings } from './role-settings.ts';

/** The HTTP request that is being answered. */
export const currentRequest = new AsyncLocalStorage<Request>();

/** What lite knows of the caller: server.ts has put it there. */
interface SessionVariables {
  readonly auth?: { readonly role?: string; readonly jwt?: Readonly<Record<string, unknown>> };
}

const ROLES: readonly DatabaseRole[] = ['anon', 'authenticated', 'service_role'];

/** Settings of a request, by name, as PostgREST calls them. */
function settingsOf(
  { auth }: SessionVariables,
  request: Request | undefined,
  roles: RoleSettings,
): readonly (readonly [string, string])[] {
  const role = ROLES.find((name) => name === auth?.role) ?? 'anon';
  return [
    ['role', role],
    ['request.jwt.claims', JSON.stringify(auth?.jwt ?? { role })],
    // The older setting of the same: where it has a value, auth.jwt() prefers it.
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
 * An error of the pre-request function answers the request. So does a function that is not there: a
 * check that cannot be made is not left out.
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
