/** A form field that an error is about. */
export type ProblemField = 'email' | 'password' | 'code';

/** An error of Cognito or Amplify in words, with the name that a developer would look up. */
export interface AuthProblem {
  readonly text: string;
  readonly code: string | null;
  /** Where the person has to look; null where no single field is at fault. */
  readonly field: ProblemField | null;
}

type Sentence = readonly [text: string | ((message: string) => string), field?: ProblemField];

/** Cognito reports several things by NotAuthorizedException and tells them apart by message only. */
const NOT_AUTHORIZED: readonly (readonly [pattern: RegExp, sentence: Sentence])[] = [
  [/disabled/i, ['This account is disabled. Please ask whoever runs this app.']],
  [/attempts exceeded/i, ['Too many attempts. Please wait a few minutes and try again.']],
  [/temporary password/i, ['The temporary password has expired. Please ask for a new one.']],
  [/status is CONFIRMED/i, ['This account is confirmed already. You can sign in.']],
  [/session/i, ['That took too long. Please start the sign-in again.']],
  [/sign ?up is not permitted/i, ['This app does not take new accounts.']],
];

const WRONG_CREDENTIALS: Sentence = ['That email and password do not belong together.', 'password'];

/**
 * Errors that Cognito has for addresses with an account, or for those without one, only. They are said
 * as their counterpart, small print included, so that nobody can find out who has an account here.
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
    // Cognito names the rule after a fixed introduction.
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
  // Thrown where the page was reloaded in the middle of a sign-in.
  SignInException: ['That took too long. Please start the sign-in again.'],
  UserAlreadyAuthenticatedException: ['Somebody is signed in already, perhaps in another tab.'],
};

const withStop = (text: string) => (/[.?!]$/.test(text) ? text : `${text}.`);

/**
 * Says what an error of `aws-amplify/auth` means.
 *
 * @param error - Whatever the call threw.
 */
export const describeAuthError = (error: unknown): AuthProblem => {
  const { name = null, message = '' } =
    typeof error === 'object' && error !== null
      ? (error as { name?: string; message?: string })
      : {};
  // A lost connection is a NetworkError, or a TypeError inside Amplify's "Unknown".
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
 * Says what an error of a password reset means, alike for addresses with and without an account.
 *
 * @param error - Whatever `confirmResetPassword` threw.
 */
export const describeResetError = (error: unknown): AuthProblem => {
  const { name = '' } = (error ?? {}) as { name?: string };
  const told = /^(UserNotFound|NotAuthorized|UserNotConfirmed|InvalidParameter)Exception$/.test(
    name,
  );
  return describeAuthError(told ? { name: 'CodeMismatchException' } : error);
};
