/** Responses of the API, and its errors as problem documents (RFC 9457). */
import { STATUS_CODES } from 'node:http';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

/** Error codes with their status. docs/errors.md lists them. */
export const API_ERRORS = {
  /** A parameter or a body that the route does not take. */
  BAD_REQUEST: 400,
  /** No access token, or one that this pool and its clients did not give, or that Supabase does not accept. */
  TOKEN_REFUSED: 401,
  /** A genuine token that may not do this: an untrusted app client, a disabled person, a machine. */
  FORBIDDEN: 403,
  /** There is no such thing, or the policies do not show it to the caller. */
  NOT_FOUND: 404,
  /** A setting of this deployment is missing. The caller cannot change that. */
  NOT_CONFIGURED: 500,
  /** Supabase or the user pool did not answer in time, or the answer was unusable. */
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

type Headers = Readonly<Record<string, string>>;

const response = (
  statusCode: number,
  body: unknown,
  headers: Headers,
): APIGatewayProxyStructuredResultV2 => ({
  statusCode,
  headers: { 'cache-control': 'no-store', ...headers },
  body: JSON.stringify(body),
});

/** A JSON response that must not be cached, because it is about one person. */
export const json = (statusCode: number, body: unknown): APIGatewayProxyStructuredResultV2 =>
  response(statusCode, body, { 'content-type': 'application/json' });

/**
 * Turns an error into a problem document, and logs the code, the message and the kind of cause. It never logs
 * the event, the stack or a header, because they could contain a token.
 *
 * @param requestId Of the gateway, so that a caller can name the line of the log
 */
export const problem = (error: unknown, requestId?: string): APIGatewayProxyStructuredResultV2 => {
  const known = error instanceof ApiError;
  const code = known ? error.code : 'INTERNAL';
  const status = known ? API_ERRORS[error.code] : 500;
  const detail = known ? error.message : 'Something went wrong.';
  const cause = known ? error.cause : error;
  console.warn(
    JSON.stringify({
      ...{ code, message: detail, requestId },
      ...(cause instanceof Error && { cause: cause.name }),
    }),
  );
  const body = {
    type: 'about:blank',
    title: STATUS_CODES[status],
    status,
    detail,
    code,
    requestId,
  };
  return response(status, body, {
    'content-type': 'application/problem+json',
    ...(status === 401 && { 'www-authenticate': 'Bearer' }),
    // What failed outside may work soon.
    ...(status === 502 && { 'retry-after': '2' }),
  });
};
