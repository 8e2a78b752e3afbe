/** Calls functions of the Supabase Data API with the caller's own token, so that policies decide. */
import { API_ENV } from '@cognito-supabase/contract/settings';
import { ApiError } from './respond.ts';

/** Calls one database function by name, without arguments. */
export type Rpc = (name: string) => Promise<unknown>;

export interface DataApiSettings {
  /** `https://REF.supabase.co`, without a path. */
  readonly url: string;
  readonly publishableKey: string;
  /**
   * Milliseconds for all calls of one request together.
   * @default - 4500, so that the caller gets an answer before the function's own 5 s end it
   */
  readonly timeout?: number;
}

/** The function's environment, checked. */
export const readDataApiSettings = (env: NodeJS.ProcessEnv): DataApiSettings => {
  const url = env[API_ENV.supabaseUrl];
  const publishableKey = env[API_ENV.publishableKey];
  const missing = url ? API_ENV.publishableKey : API_ENV.supabaseUrl;
  if (!url || !publishableKey) throw new ApiError('NOT_CONFIGURED', `${missing} is not set.`);
  return { url: url.replace(/\/+$/, ''), publishableKey };
};

/** An error of PostgREST: `{code, message, hint, details}`. Only the message is passed on. */
const messageOf = (body: unknown): string | undefined => {
  const message = (body as { message?: unknown } | null)?.message;
  return typeof message === 'string' ? message : undefined;
};

async function readBody(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch (cause) {
    throw new ApiError('UPSTREAM_FAILED', 'Supabase did not answer with JSON.', { cause });
  }
}

/**
 * Makes the caller of database functions.
 *
 * @param settings - where Supabase is, and its publishable key
 * @param token - the caller's access token
 * @throws ApiError `TOKEN_REFUSED` for 401, `FORBIDDEN` for 403, both with the message of the database;
 * `UPSTREAM_FAILED` for everything else, and after the timeout
 */
export const dataApi = (settings: DataApiSettings, token: string): Rpc => {
  const headers = {
    apikey: settings.publishableKey,
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
  };
  const signal = AbortSignal.timeout(settings.timeout ?? 4500);
  return async (name) => {
    let response: Response;
    try {
      response = await fetch(`${settings.url}/rest/v1/rpc/${name}`, {
        method: 'POST',
        headers,
        body: '{}',
        // A redirect would send the token to another host.
        redirect: 'error',
        signal,
      });
    } catch (cause) {
      throw new ApiError('UPSTREAM_FAILED', 'Supabase did not answer.', { cause });
    }
    if (response.ok) return readBody(response);
    if (response.status === 401 || response.status === 403) {
      const words = messageOf(await response.json().catch(() => null));
      throw response.status === 401
        ? new ApiError('TOKEN_REFUSED', words ?? 'Supabase does not accept the token.')
        : new ApiError('FORBIDDEN', words ?? 'Supabase does not allow this.');
    }
    throw new ApiError('UPSTREAM_FAILED', `Supabase answered with ${response.status}.`);
  };
};
