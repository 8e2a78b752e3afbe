/** The form field of an error. */
export type ProblemField = 'email' | 'password' | 'code';

/** An error of Cognito or Amplify as a sentence, with its name for developers. */
export interface AuthProblem {
  readonly text: string;
  readonly code: string | null;
  /** The field to correct; null if the error is not about one field. */
  readonly field: ProblemField | null;
}

type Sentence = readonly [text: string | ((message: string) => string), field?: ProblemField];

/** Cognito uses NotAuthorizedException for several errors that differ only by message. */
const NOT_AUTHORIZED: readonly (readonly [pattern: RegExp, sentence: Sentence])[] = [
  [/disabled/i, ['This account is disabled. Please ask the operator of this app.']],
  [/attempts exceeded/i, ['Too many attempts. Please wait a few minutes and try again.']],
  [/temporary password/i, ['The temporary password has expired. Please ask for a new one.']],
  [/status is CONFIRMED/i, ['This account is confirmed already. You can sign in.']],
  [/session/i, ['That took too long. Please start the sign-in again.']],
  [/sign ?up is not permitted/i, ['This app does not take new accounts.']],
];

const WRONG_CREDENTIALS: Sentence = ['That email and password do not belong together.', 'password'];

/**
 * Errors that Cognito returns only for addresses with an account, or only for those without one. They are
 * shown as their counterpart, name included, so that nobody can find out who has an account.
 */
const COUNTERPARTS: ReadonlyMap<string, string> = new Map([
  ['UserNotFoundException', 'NotAuthorizedException'],
  ['ExpiredCodeException', 'CodeMismatchException'],
]);

const SENTENCES: Readonly<Record<string, Sentence>> = {
  UsernameExistsException: ['There is an account with this email already. Sign in?', 'email'],
  AliasExistsException: ['This email belongs to another account.', 'email'],
  CodeMismatchException: [
    'That code is not right, or it has expired. Check it, or have a new one sent.',
    'code',
  ],
  CodeDeliveryFailureException: ['The code could not be sent. Is the address right?'],
  InvalidPasswordException: [
    // Cognito names the rule after a fixed beginning.
    (message) => `Please choose another password. ${message.replace(/^[^:]*policy: /i, '')}`,
    'password',
  ],
  PasswordHistoryPolicyViolationException: [
    'Please choose a password you have not used.',
    'password',
  ],
  LimitExceededException: ['Too many attempts. Please wait a while and try again.'],
  TooManyRequestsException: ['Too many requests. Please wait a moment and try again.'],
  TooManyFailedAttemptsException: ['Too many wrong codes. Please wait a while and try again.'],
  UserLambdaValidationException: [(message) => message.replace(/^\w+ failed with error /i, '')],
  UnexpectedLambdaException: ['A trigger of the user pool failed. Its log says why.'],
  InvalidLambdaResponseException: ['A trigger of the user pool gave a wrong answer.'],
  ResourceNotFoundException: ['The user pool or app client does not exist. Check the settings.'],
  NetworkError: ['Cognito cannot be reached. Check your connection and try again.'],
  TimeoutError: ['Cognito did not answer in time. Please try again.'],
  AbortError: ['Cancelled before Cognito had answered.'],
  // Thrown if the page was reloaded during a sign-in.
  SignInException: ['That took too long. Please start the sign-in again.'],
  UserAlreadyAuthenticatedException: ['Somebody is signed in already, perhaps in another tab.'],
};

const withStop = (text: string) => (/[.?!]$/.test(text) ? text : `${text}.`);

/**
 * Describes an error of `aws-amplify/auth`.
 *
 * @param error - The thrown value.
 */
export const describeAuthError = (error: unknown): AuthProblem => {
  const { name = null, message = '' } =
    typeof error === 'object' && error !== null
      ? (error as { name?: string; message?: string })
      : {};
  // A lost connection is a NetworkError, or a TypeError in Amplify's "Unknown".
  const said =
    name === 'TypeError' ||
    (name === 'Unknown' && /fetch|network/i.test(String(Object(error).underlyingError)))
      ? 'NetworkError'
      : (name ?? '');
  const key = COUNTERPARTS.get(said) ?? said;
  const sentence =
    key === 'NotAuthorizedException'
      ? (NOT_AUTHORIZED.find(([pattern]) => pattern.test(message))?.[1] ?? WRONG_CREDENTIALS)
      : SENTENCES[key];
  if (!sentence) {
    return { text: withStop(message || 'Something went wrong'), code: name, field: null };
  }
  const [text, field = null] = sentence;
  return {
    text: withStop(typeof text === 'string' ? text : text(message)),
    code: key,
    field,
  };
};

/**
 * Describes an error of a password reset, in the same way with and without an account.
 *
 * @param error - The value that `confirmResetPassword` threw.
 */
export const describeResetError = (error: unknown): AuthProblem => {
  const { name = '' } = (error ?? {}) as { name?: string };
  const told = /^(UserNotFound|NotAuthorized|UserNotConfirmed|InvalidParameter)Exception$/.test(
    name,
  );
  return describeAuthError(told ? { name: 'CodeMismatchException' } : error);
};
