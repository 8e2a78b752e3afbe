/** Answers of the edge functions: JSON, and problem documents (RFC 9457). */

/** An error with an answer. The text goes to the caller, so it contains no token and no key. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
    this.code = code;
  }
}

/** Web apps that may call, by their exact origins, with commas between. Unset: none, but programs may. */
export function corsHeaders(request: Request, allowed = ''): Record<string, string> {
  const origin = request.headers.get('origin');
  if (origin === null || !allowed.split(',').includes(origin)) return {};
  return {
    'access-control-allow-origin': origin,
    'access-control-allow-headers': 'authorization, apikey, content-type, x-client-info',
    'access-control-allow-methods': 'GET, POST, OPTIONS',
    vary: 'origin',
  };
}

const NO_STORE = { 'cache-control': 'no-store' };

export const json = (body: unknown, headers: Record<string, string> = {}): Response =>
  Response.json(body, { headers: { ...NO_STORE, ...headers } });

/** The log gets the code and the name of the cause, and never a value. */
export function problem(error: unknown, headers: Record<string, string> = {}): Response {
  const known = error instanceof Refusal;
  const status = known ? error.status : 500;
  const code = known ? error.code : 'INTERNAL';
  const cause = known ? error.cause : error;
  console.warn(JSON.stringify({ code, ...(cause instanceof Error && { cause: cause.name }) }));
  const detail = known ? error.message : 'Something went wrong.';
  const body = { type: 'about:blank', status, detail, code };
  return Response.json(body, {
    status,
    headers: {
      ...NO_STORE,
      ...headers,
      'content-type': 'application/problem+json',
      ...(status === 401 && { 'www-authenticate': 'Bearer' }),
      ...(status === 502 && { 'retry-after': '2' }),
    },
  });
}
