/**
 * Errors in the words of Amazon Cognito: applications show them, and Amplify switches on the names.
 * They are cognito-local's `CognitoError`, whose own subclasses have other texts.
 */
import { CognitoError } from 'cognito-local/lib/errors.js';

export { CognitoError, UnsupportedError } from 'cognito-local/lib/errors.js';

/** Any error of the service, by the name that is sent as `__type`. */
export const awsError = (code: string, message: string): CognitoError =>
  new CognitoError(code, message);

export const notAuthorized = (message = 'Incorrect username or password.'): CognitoError =>
  awsError('NotAuthorizedException', message);

export const invalidParameter = (message: string): CognitoError =>
  awsError('InvalidParameterException', message);

export const notFound = (message: string): CognitoError =>
  awsError('ResourceNotFoundException', message);

export const userNotFound = (): CognitoError =>
  awsError('UserNotFoundException', 'User does not exist.');

export const codeMismatch = (): CognitoError =>
  awsError('CodeMismatchException', 'Invalid verification code provided, please try again.');

export const expiredCode = (): CognitoError =>
  awsError('ExpiredCodeException', 'Invalid code provided, please request a code again.');
