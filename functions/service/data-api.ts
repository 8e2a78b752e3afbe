/**
 * Calls functions of the Supabase Data API for the service, with the secret key, to which no policy applies. Only
 * triggers use it: an API route passes its caller's token on (functions/api/data-api.ts).
 */
import type { ReadKey } from './secret-key.ts';

export interface ServiceSettings {
  /** `https://REF.supabase.co`, without a path. */
  readonly url: string;
  readonly readKey: ReadKey;
  /** Milliseconds for one call. @default - 1500 */
  readonly timeout?: number;
}

/** Calls one database function by name, and resolves to its result. */
export type ServiceRpc = (
  name: string,
  args: Readonly<Record<string, unknown>>,
) => Promise<unknown>;

/** Supabase has refused the call, and would refuse it again. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  readonly status: number;
  /** Of PostgREST or of the database, such as `PGRST202`: there is no such function. */
  readonly code: string;

  constructor(status: number, code: string) {
    super(`Supabase answered with ${status} ${code}`);
    this.status = status;
    this.code = code;
  }
}

/** What failed, for a log: without values of people. */
export const reasonOf = (error: unknown): string => {
  if (error instanceof RefusedError) return error.message;
  return error instanceof Error ? error.name : 'error';
};

/** Without the function's module, PostgREST does not know it. */
export const isMissingFunction = (error: unknown): boolean =>
  error instanceof RefusedError && error.code === 'PGRST202';

/** The legacy key is a token, and has to be sent as one, too. */
const headersOf = (key: string): Record<string, string> => ({
  apikey: key,
  'content-type': 'application/json',
  ...(key.startsWith('eyJ') && { authorization: `Bearer ${key}` }),
});

async function codeOf(response: Response): Promise<string> {
  const body: unknown = await response.json().catch(() => undefined);
  const code = (body as { readonly code?: unknown } | undefined)?.code;
  return typeof code === 'string' && /^\w{1,20}$/.test(code) ? code : '';
}

/**
 * @throws RefusedError for 4xx except 408 and 429
 * @throws Error for everything else, which may work later. No error contains the key or an argument.
 */
export const serviceRpc =
  ({ url, readKey, timeout = 1500 }: ServiceSettings): ServiceRpc =>
  async (name, args) => {
    const response = await fetch(`${url}/rest/v1/rpc/${name}`, {
      method: 'POST',
      headers: headersOf(await readKey()),
      body: JSON.stringify(args),
      // A redirect would send the key to another host.
      redirect: 'error',
      signal: AbortSignal.timeout(timeout),
    });
    const { status } = response;
    // A function that returns nothing is answered without a body.
    if (response.ok) return status === 204 ? null : ((await response.json()) as unknown);
    const code = await codeOf(response);
    const isLasting = status >= 400 && status < 500 && status !== 408 && status !== 429;
    if (isLasting) throw new RefusedError(status, code);
    throw new Error(`Supabase answered with ${status}`);
  };
