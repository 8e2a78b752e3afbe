/**
 * The answer to a request that the database refuses, or while it cannot be reached, by PostgREST's table.
 * https://docs.postgrest.org/en/stable/references/errors.html
 */

/** An error as lite reads it: of Postgres (`code` is a SQLSTATE), of the driver, or of lite. */
export interface DatabaseError {
  readonly code?: string;
  readonly message: string;
  readonly detail?: string;
  readonly hint?: string;
}

/** The answer in place of an error. */
interface PostgrestError {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly details?: string | null;
  readonly hint?: string | null;
}

/** The catalogs could not be read, so the tables are not known. */
export class SchemaUnreadableError extends Error {
  override readonly name = 'SchemaUnreadableError';
}

/** SQLSTATEs that lite answers correctly. With `PT…` and `PGRST`, SQL chooses a status itself. */
const RIGHT = /^(PT|PGRST|42|22|21|23502|23503|23505|25006|5[35])/;

/**
 * A connection that Postgres has ended or refuses: connection exceptions, shutdown, too many connections.
 */
const LOST_STATE = /^(08|57P0[1-5]|53300$)/;
/** Codes of the operating system if Postgres cannot be reached. */
const LOST_CODE =
  /^(ECONN(REFUSED|RESET|ABORTED)|EPIPE|ETIMEDOUT|ENOENT|EHOSTUNREACH|ENETUNREACH)$/;
/** Messages of `pg` without a code, for a lost connection. */
const LOST_WORDS = /^(Connection terminated|Client (has encountered|was closed|is not queryable))/;
/** Message of the pool of `pg` if no connection became free in time. */
const NONE_FREE = /^timeout exceeded when trying to connect/;

const isSqlState = (code = ''): boolean => /^[0-9A-Z]{5}$/.test(code) && !LOST_CODE.test(code);

/** HTTP status of a SQLSTATE, by PostgREST's table. Any other is 400. */
function statusOf(code: string): number {
  if (/^(28|0L|0P)/.test(code)) return 403;
  if (code === 'P0001') return 400;
  return /^(09|25|2D|38|39|3B|40|54|57|58|F0|HV|P0|XX)/.test(code) ? 500 : 400;
}

/** The answer if there is no connection, otherwise undefined. */
export function lostConnection(error: unknown): PostgrestError | undefined {
  if (error instanceof SchemaUnreadableError) {
    const message = 'Could not query the database for the schema cache. Retrying.';
    return { status: 503, code: 'PGRST002', message };
  }
  const { code = '', message = '' } = (error ?? {}) as Partial<DatabaseError>;
  if (NONE_FREE.test(message)) {
    const message = 'Timed out acquiring connection from connection pool.';
    return { status: 504, code: 'PGRST003', message };
  }
  if (!LOST_STATE.test(code) && !LOST_CODE.test(code) && !LOST_WORDS.test(message))
    return undefined;
  const lost = 'Database connection error. Retrying the connection.';
  return { status: 503, code: 'PGRST001', message: lost };
}

/** lite's parser calls itself for each level of a nested filter. */
function tooDeep(error: DatabaseError): PostgrestError | undefined {
  if (!(error instanceof RangeError)) return undefined;
  return { status: 400, code: 'PGRST100', message: 'The request is nested too deeply.' };
}

/**
 * lite answers most SQLSTATEs with 500 and its own code, such as a check constraint or `raise exception`.
 */
function stated(error: DatabaseError): PostgrestError | undefined {
  const { code = '', message, detail: details = null, hint = null } = error;
  if (!isSqlState(code) || RIGHT.test(code)) return undefined;
  return { status: statusOf(code), code, message, details, hint };
}

/** The error in a form that lite answers as PostgREST would. */
export function asPostgrest(error: DatabaseError): DatabaseError {
  const answer = lostConnection(error) ?? tooDeep(error) ?? stated(error);
  if (!answer) return error;
  const { status, code, message, details = null, hint = null } = answer;
  // The form in which SQL gives PostgREST the whole answer.
  return {
    code: 'PGRST',
    message: JSON.stringify({ code, message, details, hint }),
    detail: JSON.stringify({ status, headers: {} }),
  };
}
