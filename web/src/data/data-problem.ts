/** An error of the Data API as a sentence, with its code for developers. */
export interface DataProblem {
  readonly text: string;
  /** SQLSTATE or PostgREST code; null if the answer had none. */
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
 * The request was given up before its answer. The server may have carried it out, so a repeated write
 * could be there twice.
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
  // The message of the database names the rule.
  PT400: ({ message }) => `That was not saved: ${message.replace(/\.*$/, '')}.`,
  PGRST116: () => 'This note is no longer there. It may have been deleted in another tab.',
  PGRST205: () => 'The table is missing. Have the migrations been run?',
  // The token was refused, and so was the renewed one.
  PGRST301: () => 'Your session is not accepted any more. Please sign in again.',
  PGRST303: () => 'Your session has expired. Please sign in again.',
};

/** Makes a sentence: messages of Postgres have no capital and no full stop. */
const asSentence = (text: string) =>
  `${text.charAt(0).toUpperCase()}${text.slice(1).replace(/\.*$/, '')}.`;

/**
 * Describes a failed read or write.
 *
 * @param error - The value that a supabase-js call with `throwOnError()` threw.
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
