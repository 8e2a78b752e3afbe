/** Errors of the service, with Cognito's names and texts: apps show them, and Amplify decides by the names. */

export class CognitoError extends Error {
  override readonly name = 'CognitoError';
  /** Sent as `__type`, such as `UserNotFoundException`. */
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Any error of the service. */
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
