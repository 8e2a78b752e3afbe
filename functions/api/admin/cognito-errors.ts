/** Errors of Cognito, as answers of the API. */
import { ApiError, type ApiErrorCode } from '../problem.ts';

/** Source: Cognito API reference, errors of the Admin operations. None of these texts is Cognito's own. */
const KNOWN: ReadonlyMap<string, readonly [ApiErrorCode, string]> = new Map([
  ['UserNotFoundException', ['NOT_FOUND', 'The user pool has no such person.']],
  ['ResourceNotFoundException', ['NOT_FOUND', 'The user pool has no such group.']],
  ['UsernameExistsException', ['CONFLICT', 'There is a person with this address already.']],
  ['AliasExistsException', ['CONFLICT', 'There is a person with this address already.']],
  ['InvalidParameterException', ['BAD_REQUEST', 'Cognito does not take this value.']],
  ['InvalidPasswordException', ['BAD_REQUEST', 'Cognito does not take this value.']],
  ['UnsupportedUserStateException', ['CONFLICT', 'The state of the person does not allow this.']],
  ['NotAuthorizedException', ['CONFLICT', 'The state of the person does not allow this.']],
  ['UserLambdaValidationException', ['CONFLICT', 'A trigger of the user pool refuses this.']],
  ['LimitExceededException', ['UPSTREAM_BUSY', 'Cognito has a limit for this.']],
  ['TooManyRequestsException', ['UPSTREAM_BUSY', 'Cognito has too much to do.']],
  ['ThrottlingException', ['UPSTREAM_BUSY', 'Cognito has too much to do.']],
]);

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : '');

/** Cognito has changed, and then something failed. The operation has to go on. */
class HalfDoneError extends Error {
  override readonly name = 'HalfDoneError';
}

/** For what comes after the first change in Cognito. */
export async function afterChange<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    throw new HalfDoneError('Cognito has changed', { cause });
  }
}

/** Whether nothing has changed in Cognito for certain. */
export const isCertain = (error: unknown): boolean =>
  error instanceof ApiError || KNOWN.has(nameOf(error));

export function errorOfCognito(cause: unknown): ApiError {
  if (cause instanceof ApiError) return cause;
  const [code, message] = KNOWN.get(nameOf(cause)) ?? [
    'UPSTREAM_FAILED',
    'Cognito did not answer as expected. Repeat the request with the same Idempotency-Key.',
  ];
  return new ApiError(code, message, { cause });
}
