/** Calls the Supabase Data API with the caller's own token, so that policies decide. */
import { ApiError, type ApiErrorCode } from './problem.ts';

export interface DataApiSettings {
  /** `https://REF.supabase.co`, without a path. */
  readonly url: string;
  readonly publishableKey: string;
  /**
   * Milliseconds for all calls of one request together.
   * @default - 4500
   */
  readonly timeout?: number;
}

/** A body without a value is no body: a function that returns nothing is answered with 204. */
const NO_CONTENT = 204;

export interface DataApi {
  /** Calls one database function by name. */
  rpc(name: string, args?: Readonly<Record<string, unknown>>): Promise<unknown>;
  /** Rows of a table or view, with a query as PostgREST takes it. */
  select(table: string, query: Readonly<Record<string, string>>): Promise<readonly unknown[]>;
}

interface Refusal {
  readonly code: string | undefined;
  readonly message: string | undefined;
}

/** An error of PostgREST: `{code, message, hint, details}`. Hint and details are not passed on. */
async function refusalOf(response: Response): Promise<Refusal> {
  const body: unknown = await response.json().catch(() => undefined);
  const { code, message } = (body ?? {}) as Readonly<Record<string, unknown>>;
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
  return { code: text(code), message: text(message) };
}

/** Of PostgREST: the function or the table is not in the schema, so its module is not installed. */
const UNKNOWN = new Set(['PGRST202', 'PGRST205']);

/** Refusals of the kit's functions, which are meant for the caller. */
const REFUSALS: ReadonlyMap<string | undefined, ApiErrorCode> = new Map([
  ['PT400', 'BAD_REQUEST'],
  ['PT404', 'NOT_FOUND'],
  ['PT409', 'CONFLICT'],
  ['PT422', 'KEY_REUSED'],
] as const);

async function errorOf(response: Response): Promise<ApiError> {
  const { status } = response;
  const { code, message } = await refusalOf(response);
  if (status === 401)
    return new ApiError('TOKEN_REFUSED', message ?? 'Supabase does not accept the token.');
  if (status === 403) return new ApiError('FORBIDDEN', message ?? 'Supabase does not allow this.');
  const refusal = REFUSALS.get(code);
  if (refusal !== undefined) return new ApiError(refusal, message ?? 'The database refuses this.');
  if (code !== undefined && UNKNOWN.has(code))
    return new ApiError('NOT_CONFIGURED', 'The database has not the module of this route.');
  if (status === 429 || status === 503)
    return new ApiError('UPSTREAM_BUSY', 'Supabase has too much to do.');
  return new ApiError('UPSTREAM_FAILED', `Supabase answered with ${status}.`);
}

async function readBody(response: Response): Promise<unknown> {
  if (response.status === NO_CONTENT) return null;
  try {
    return await response.json();
  } catch (cause) {
    throw new ApiError('UPSTREAM_FAILED', 'Supabase did not answer with JSON.', { cause });
  }
}

/**
 * @param settings - where Supabase is, and its publishable key
 * @param token - the caller's access token
 * @throws ApiError `TOKEN_REFUSED` for 401, `FORBIDDEN` for 403, and the refusals of the kit's functions, all with
 * the message of the database; `NOT_CONFIGURED` for a module that is not installed; `UPSTREAM_BUSY`;
 * `UPSTREAM_FAILED` for everything else, and after the timeout
 */
export function dataApi(settings: DataApiSettings, token: string): DataApi {
  const headers = {
    apikey: settings.publishableKey,
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
  };
  const signal = AbortSignal.timeout(settings.timeout ?? 4500);
  const send = async (path: string, init: RequestInit): Promise<unknown> => {
    const response = await fetch(`${settings.url}/rest/v1/${path}`, {
      ...init,
      headers,
      // A redirect would send the token to another host.
      redirect: 'error',
      signal,
    }).catch((cause: unknown) => {
      throw new ApiError('UPSTREAM_FAILED', 'Supabase did not answer.', { cause });
    });
    if (!response.ok) throw await errorOf(response);
    return readBody(response);
  };
  return {
    rpc: (name, args = {}) => send(`rpc/${name}`, { method: 'POST', body: JSON.stringify(args) }),
    select: async (table, query) => {
      const rows = await send(`${table}?${new URLSearchParams(query)}`, { method: 'GET' });
      if (!Array.isArray(rows)) throw new ApiError('UPSTREAM_FAILED', 'Supabase sent no rows.');
      return rows;
    },
  };
}
