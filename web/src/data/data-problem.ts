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

const UNAVAILABLE =
  'The Data API does not work at the moment. Your connection does: please try again in a while.';

/** The database cannot be reached from the Data API, or the Data API from its gateway. */
const isUnavailable = (code: string): boolean => /^(PGRST00[0-3]|HTTP 5\d\d)$/.test(code);

/**
 * An answer that nobody waited for. The request may have been carried out all the same: a write that
 * is made again without looking could be there twice.
 */
const unheard = (error: unknown): DataProblem | null => {
  const { name = '', message = '' } = (error ?? {}) as Partial<Error>;
  const look = 'It may have been done all the same: look before you try again.';
  if (name === 'TimeoutError' || message.startsWith('TimeoutError')) {
    return { text: `The Data API did not answer in time. ${look}`, code: null };
  }
  if (name !== 'AbortError' && !message.startsWith('AbortError')) return null;
  return { text: `Cancelled before there was an answer. ${look}`, code: null };
};

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
  const given = unheard(error);
  if (given) return given;
  if (!isApiError(error)) {
    return {
      text: 'The Data API cannot be reached. Check your connection and try again.',
      code: null,
    };
  }
  const { code, message, hint } = error;
  if (isUnavailable(code)) return { text: UNAVAILABLE, code };
  if (code === 'HTTP 429') {
    return { text: 'Too many requests at once. Please wait a moment and try again.', code };
  }
  const own = () =>
    [message, hint].flatMap((text) => (text ? asSentence(text) : [])).join(' ') ||
    'The Data API gave an answer that this app does not understand.';
  return { text: SENTENCES[code]?.(error) ?? own(), code };
};
