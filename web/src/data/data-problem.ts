/** An error of the Data API in words, with the code that a developer would look up. */
export interface DataProblem {
  readonly text: string;
  /** SQLSTATE, PostgREST code or null where the answer had none. */
  readonly code: string | null;
}

interface ApiError {
  readonly code: string;
  readonly message: string;
  readonly hint?: string | null;
}

const isApiError = (error: unknown): error is ApiError =>
  typeof error === 'object' &&
  error !== null &&
  typeof (error as ApiError).code === 'string' &&
  (error as ApiError).code !== '' &&
  typeof (error as ApiError).message === 'string';

const SENTENCES: Readonly<Record<string, (error: ApiError) => string>> = {
  // insufficient_privilege: a policy or a missing grant said no
  '42501': ({ message }) => `Postgres refused this row: ${message.replace(/\.*$/, '')}.`,
  // The database names the rule that was not met.
  PT400: ({ message }) => `That was not saved: ${message.replace(/\.*$/, '')}.`,
  PGRST116: () => 'This note is no longer there. It may have been deleted in another tab.',
  PGRST205: () => 'The table is missing. Have the migrations been run?',
  // The token was turned down, and so was the renewed one.
  PGRST301: () => 'Your session is not accepted any more. Please sign in again.',
  PGRST303: () => 'Your session has expired. Please sign in again.',
};

/** Postgres writes its messages in lower case and without a stop. */
const asSentence = (text: string) =>
  `${text.charAt(0).toUpperCase()}${text.slice(1).replace(/\.*$/, '')}.`;

/**
 * Says what a failed read or write means.
 *
 * @param error - Whatever was thrown by a supabase-js call with `throwOnError()`.
 */
export const describeDataError = (error: unknown): DataProblem => {
  if (!isApiError(error)) {
    return {
      text: 'The Data API cannot be reached. Check your connection and try again.',
      code: null,
    };
  }
  const { code, message, hint } = error;
  const own = () => [message, hint].flatMap((text) => (text ? asSentence(text) : [])).join(' ');
  return { text: SENTENCES[code]?.(error) ?? own(), code };
};
