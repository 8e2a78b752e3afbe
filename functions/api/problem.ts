/** Errors of the API, as problem documents (RFC 9457). */

/** Error codes with their status. docs/errors.md lists them. */
export const API_ERRORS = {
  /** A parameter or a body that the route does not take. */
  BAD_REQUEST: 400,
  /** No access token, or one that this pool and its clients did not give, or that Supabase does not accept. */
  TOKEN_REFUSED: 401,
  /** The sign-in is too old for this route (RFC 9470). */
  SIGN_IN_AGAIN: 401,
  /** A webhook that its sender has not signed, or signed long ago. */
  SIGNATURE_REFUSED: 401,
  /** A genuine token that may not do this: an untrusted app client, a disabled person, a machine. */
  FORBIDDEN: 403,
  /** There is no such thing, or the policies do not show it to the caller. */
  NOT_FOUND: 404,
  /** The current state does not allow it, or the same request is being carried out. */
  CONFLICT: 409,
  /** The Idempotency-Key belongs to another request. */
  KEY_REUSED: 422,
  /** A setting of this deployment is missing. The caller cannot change that. */
  NOT_CONFIGURED: 500,
  /** Supabase or the user pool did not answer in time, or the answer was unusable. */
  UPSTREAM_FAILED: 502,
  /** Supabase or the user pool has too much to do. */
  UPSTREAM_BUSY: 503,
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

export type Headers = Readonly<Record<string, string>>;

/** An answer about one person must not be kept. */
export const NO_STORE: Headers = { 'cache-control': 'no-store' };

/** Source of the second: RFC 9470, step up authentication. */
const CHALLENGES: Readonly<Partial<Record<ApiErrorCode, string>>> = {
  TOKEN_REFUSED: 'Bearer',
  SIGN_IN_AGAIN: 'Bearer error="insufficient_user_authentication", max_age="0"',
};

/** Of RFC 9110. node:http has them too, and takes longer to load than all of this. */
const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  409: 'Conflict',
  422: 'Unprocessable Content',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
};

export interface ProblemAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
  /** For the log. */
  readonly code: string;
  /** Name of what caused it, for the log. It contains no value. */
  readonly cause: string | undefined;
}

/** @param requestId Of the gateway, so that a caller can name the line of the log */
export function problemOf(error: unknown, requestId?: string): ProblemAnswer {
  const known = error instanceof ApiError;
  const code = known ? error.code : 'INTERNAL';
  const status = known ? API_ERRORS[error.code] : 500;
  const cause = known ? error.cause : error;
  const challenge = known ? CHALLENGES[error.code] : undefined;
  return {
    status,
    code,
    cause: cause instanceof Error ? cause.name : undefined,
    headers: {
      ...NO_STORE,
      'content-type': 'application/problem+json',
      ...(challenge && { 'www-authenticate': challenge }),
      // What failed outside may work soon.
      ...((status === 502 || status === 503) && { 'retry-after': '2' }),
    },
    body: {
      type: 'about:blank',
      title: TITLES[status],
      status,
      detail: known ? error.message : 'Something went wrong.',
      code,
      requestId,
    },
  };
}
