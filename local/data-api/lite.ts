/**
 * The connections of @supabase/lite, with what it does differently from PostgREST put right. Each
 * mend names the difference; with a newer lite, look which are still needed.
 */
import { createPostgresConnection } from '@supabase/lite/postgres';
import { createBeginRequest } from './request-context.ts';
import type { RoleSettings } from './role-settings.ts';

export type LiteConnection = ReturnType<typeof createPostgresConnection>;

/** A Postgres error as the driver gives it. */
interface DatabaseError {
  readonly code?: string;
  readonly message: string;
  readonly detail?: string;
  readonly hint?: string;
}

/** SQLSTATEs whose answer lite gets right; `PT…` and `PGRST` are how SQL chooses a status itself. */
const RIGHT = /^(PT|PGRST|42|22|21|23502|23503|23505|25006|5[35])/;

/** HTTP status of a SQLSTATE, by PostgREST's table; what it does not list is 400. */
function statusOf(code: string): number {
  if (code.startsWith('08')) return 503;
  if (/^(28|0L|0P)/.test(code)) return 403;
  if (code === 'P0001') return 400;
  return /^(09|25|2D|38|39|3B|40|54|57|58|F0|HV|P0|XX)/.test(code) ? 500 : 400;
}

/** lite answers most SQLSTATEs with 500 and a code of its own: a check constraint, `raise exception`. */
function asPostgrest(error: DatabaseError): DatabaseError {
  if (!/^[0-9A-Z]{5}$/.test(error?.code ?? '') || RIGHT.test(error.code ?? '')) return error;
  const { code = '', message, detail: details = null, hint = null } = error;
  // The form in which SQL tells PostgREST what to answer, word for word.
  return {
    code: 'PGRST',
    message: JSON.stringify({ code, message, details, hint }),
    detail: JSON.stringify({ status: statusOf(code), headers: {} }),
  };
}

/** `2026-11-21 09:29:54.3+00` → `2026-11-21T09:29:54.3+00:00`, as Postgres writes it into JSON. */
const isoTimestamp = (text: string): string =>
  text.replace(' ', 'T').replace(/([+-]\d{2})$/, '$1:00');

const asText = (value: unknown): string => String(value);

/**
 * lite makes JSON of a function's object or array before the driver does, and leaves the values of an
 * insert to the driver. So text that is an object or an array is JSON already.
 */
function jsonOnce(value: unknown): string {
  if (typeof value !== 'string' || !/^[[{]/.test(value)) return JSON.stringify(value);
  try {
    JSON.parse(value);
    return value;
  } catch {
    return JSON.stringify(value);
  }
}

/** Connections that requests share. */
export const CONNECTIONS = 16;

/**
 * Requests run on the first connection, as `authenticator`; the second one, as `postgres`, reads the
 * catalogs for it and nothing else.
 */
export function connectLite(
  authenticatorUrl: string,
  databaseUrl: string,
  roleSettings: () => RoleSettings,
) {
  const requests = createPostgresConnection({
    url: authenticatorUrl,
    postgresOptions: {
      max: CONNECTIONS,
      onnotice: () => {},
      types: {
        timestamptz: { to: 1184, from: [1184], serialize: asText, parse: isoTimestamp },
        timestamp: { to: 1114, from: [1114], serialize: asText, parse: isoTimestamp },
        json: { to: 114, from: [114], serialize: jsonOnce, parse: JSON.parse },
        jsonb: { to: 3802, from: [3802], serialize: jsonOnce, parse: JSON.parse },
      },
    },
  });
  const catalogs = createPostgresConnection({
    url: databaseUrl,
    postgresOptions: { max: 1, onnotice: () => {} },
  });
  // With 'unknown', the first request would run `grant all on all tables` to every API role.
  Object.assign(requests, { rlsState: 'active' });
  // lite sets role and claims in the request's transaction, and calls no pre-request function.
  Object.assign(requests, { applyJwtSessionContext: createBeginRequest(roleSettings) });
  // authenticator sees no table, so it cannot read their shape.
  requests.introspect = (what) => catalogs.introspect(what);
  const normalize = requests.normalizeDbError.bind(requests);
  requests.normalizeDbError = (error) => asPostgrest(normalize(error) as DatabaseError);
  return { requests, catalogs };
}
