/** The one place where results and errors of the API become HTTP responses. */
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

/** What can go wrong, with the status it is answered with. Tabled in docs/errors.md. */
export const API_ERRORS = {
  /** No access token, or Supabase does not believe it. */
  TOKEN_REFUSED: 401,
  /** A genuine token that may not do this: an untrusted app client, a disabled person, a machine. */
  FORBIDDEN: 403,
  /** A setting of this deployment is missing: nothing the caller can mend. */
  NOT_CONFIGURED: 500,
  /** Supabase did not answer in time, or not as it should. */
  UPSTREAM_FAILED: 502,
} as const;

export type ApiErrorCode = keyof typeof API_ERRORS;

/** An error with an answer. The message goes to the caller: it holds no token and no key. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: ApiErrorCode;

  constructor(code: ApiErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** A JSON response that nobody on the way keeps: it is about one person. */
export const json = (statusCode: number, body: unknown): APIGatewayProxyStructuredResultV2 => ({
  statusCode,
  headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
  body: JSON.stringify(body),
});

/**
 * Turns whatever was thrown into a response, and says so in the log: the code, the message and the
 * kind of cause. Never the event, the error's stack or a header, for a token could be in them.
 */
export const errorResponse = (error: unknown): APIGatewayProxyStructuredResultV2 => {
  const known = error instanceof ApiError;
  const code = known ? error.code : 'INTERNAL';
  const message = known ? error.message : 'Something went wrong.';
  const cause = known ? error.cause : error;
  console.warn(
    JSON.stringify({ code, message, ...(cause instanceof Error && { cause: cause.name }) }),
  );
  const response = json(known ? API_ERRORS[error.code] : 500, { code, message });
  return code === 'TOKEN_REFUSED'
    ? { ...response, headers: { ...response.headers, 'www-authenticate': 'Bearer' } }
    : response;
};
