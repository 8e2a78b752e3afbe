/** Turns results and errors of the API into HTTP responses. */
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

/** Error codes with their status. docs/errors.md lists them. */
export const API_ERRORS = {
  /** No access token, or Supabase does not accept it. */
  TOKEN_REFUSED: 401,
  /** A genuine token that may not do this: an untrusted app client, a disabled person, a machine. */
  FORBIDDEN: 403,
  /** A setting of this deployment is missing. The caller cannot change that. */
  NOT_CONFIGURED: 500,
  /** Supabase did not answer in time, or its answer was unusable. */
  UPSTREAM_FAILED: 502,
} as const;

export type ApiErrorCode = keyof typeof API_ERRORS;

/** An error with a response. The message goes to the caller, so it contains no token and no key. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: ApiErrorCode;

  constructor(code: ApiErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** A JSON response that must not be cached, because it is about one person. */
export const json = (statusCode: number, body: unknown): APIGatewayProxyStructuredResultV2 => ({
  statusCode,
  headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
  body: JSON.stringify(body),
});

/**
 * Turns an error into a response, and logs the code, the message and the kind of cause. It never logs the
 * event, the stack or a header, because they could contain a token.
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
