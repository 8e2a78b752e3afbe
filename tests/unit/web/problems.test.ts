import { describe, expect, it } from 'vitest';
import { describeAuthError, describeResetError } from '../../../web/src/auth/auth-problem.ts';
import { describeDataError } from '../../../web/src/data/data-problem.ts';

const cognito = (name: string, message = '') => Object.assign(new Error(message), { name });

describe('describeAuthError', () => {
  it.each([
    ['UsernameExistsException', 'email', /account with this email/],
    ['CodeMismatchException', 'code', /not right, or it has expired/],
    ['LimitExceededException', null, /Too many attempts/],
    ['NetworkError', null, /cannot be reached/],
    ['UserAlreadyAuthenticatedException', null, /signed in already/],
  ])('puts %s in words', (name, field, text) => {
    const problem = describeAuthError(cognito(name, 'internal'));
    expect(problem).toMatchObject({ code: name, field });
    expect(problem.text).toMatch(text);
  });

  it('has the same text for an unknown account and a wrong password', () => {
    const unknown = describeAuthError(cognito('UserNotFoundException', 'User does not exist.'));
    const wrong = describeAuthError(
      cognito('NotAuthorizedException', 'Incorrect username or password.'),
    );
    expect(unknown, 'the small print too').toEqual(wrong);
    expect(wrong.field).toBe('password');
  });

  it('has the same text for an expired and a wrong code', () => {
    // For an address without an account Cognito answers that the code has expired.
    expect(describeAuthError(cognito('ExpiredCodeException', 'Invalid code provided'))).toEqual(
      describeAuthError(cognito('CodeMismatchException', 'Invalid verification code provided')),
    );
  });

  it.each([
    'CodeMismatchException',
    'ExpiredCodeException',
    'UserNotFoundException',
    'NotAuthorizedException',
    'UserNotConfirmedException',
    'InvalidParameterException',
  ])('says one thing of every reset that fails for its code or its account (%s)', (name) => {
    expect(describeResetError(cognito(name, 'internal'))).toEqual(
      describeAuthError(cognito('CodeMismatchException')),
    );
  });

  it('names the rule that a new password breaks', () => {
    const rule = 'Password did not conform with policy: Password must have numeric characters';
    expect(describeResetError(cognito('InvalidPasswordException', rule)).field).toBe('password');
  });

  it.each([
    ['TimeoutError', /did not answer in time/],
    ['AbortError', /Cancelled/],
  ])('has words for %s', (name, text) => {
    expect(describeAuthError(new DOMException('', name)).text).toMatch(text);
  });

  it.each([
    ['User is disabled.', /disabled/],
    ['Password attempts exceeded', /wait a few minutes/],
    ['Temporary password has expired and must be reset by an administrator.', /new one/],
    ['User cannot be confirmed. Current status is CONFIRMED', /confirmed already/],
    ['Invalid session for the user, session is expired.', /start the sign-in again/],
    ['SignUp is not permitted for this user pool', /no.* accounts/],
  ])('tells NotAuthorizedException "%s" from a wrong password', (message, text) => {
    expect(describeAuthError(cognito('NotAuthorizedException', message)).text).toMatch(text);
  });

  it('shows the rule that a password breaks', () => {
    const rule = 'Password did not conform with policy: Password must have uppercase characters';
    expect(describeAuthError(cognito('InvalidPasswordException', rule))).toEqual({
      text: 'Please choose another password. Password must have uppercase characters.',
      code: 'InvalidPasswordException',
      field: 'password',
    });
  });

  it('shows the message of a trigger', () => {
    const message = 'PreSignUp failed with error Only our own people may sign up.';
    expect(describeAuthError(cognito('UserLambdaValidationException', message)).text).toBe(
      'Only our own people may sign up.',
    );
  });

  it("reports a failed fetch as a lost connection, also inside Amplify's unknown error", () => {
    const lost = new TypeError('Failed to fetch');
    const wrapped = Object.assign(cognito('Unknown', 'An unknown error has occurred.'), {
      underlyingError: lost,
    });
    expect(describeAuthError(lost).code).toBe('NetworkError');
    expect(describeAuthError(wrapped).code).toBe('NetworkError');
  });

  it('shows an unknown error unchanged', () => {
    expect(describeAuthError(cognito('NewException', 'Something new'))).toEqual({
      text: 'Something new.',
      code: 'NewException',
      field: null,
    });
    expect(describeAuthError(undefined)).toEqual({
      text: 'Something went wrong.',
      code: null,
      field: null,
    });
  });
});

describe('describeDataError', () => {
  const answer = (code: string, message = 'internal', hint: string | null = null) => ({
    code,
    message,
    details: null,
    hint,
  });

  it.each([
    ['HTTP 503', '<html>busy</html>'],
    ['HTTP 502', ''],
    ['PGRST001', 'Database connection error. Retrying the connection.'],
    ['PGRST002', 'Could not query the database for the schema cache. Retrying.'],
    ['PGRST003', 'Timed out acquiring connection from connection pool.'],
  ])('does not send anybody to look at their connection for %s', (code, message) => {
    const { text } = describeDataError(answer(code, message));
    expect(text).toMatch(/does not work at the moment\. Your connection does/);
    expect(text).not.toContain('<');
  });

  it('warns that a cancelled write may have succeeded', () => {
    for (const name of ['TimeoutError', 'AbortError']) {
      expect(describeDataError(new DOMException('', name)).text).toMatch(
        /look before you try again/,
      );
      // As supabase-js reports it.
      const reported = { message: `${name}: signal`, code: '', details: '', hint: '' };
      expect(describeDataError(reported).text).toMatch(/look before you try again/);
    }
  });

  it.each([
    ['42501', /^Postgres refused this row: new row violates/],
    ['PT400', /^That was not saved: new row/],
    ['PGRST301', /sign in again/],
    ['PGRST303', /expired/],
    ['PGRST116', /no longer there/],
  ])('puts %s in words', (code, text) => {
    const problem = describeDataError(answer(code, 'new row violates row-level security policy'));
    expect(problem.code).toBe(code);
    expect(problem.text).toMatch(text);
  });

  it('shows the message and the hint of the database', () => {
    const refusal = answer('PT403', 'token not trusted', 'its client is not on the list');
    expect(describeDataError(refusal)).toEqual({
      text: 'Token not trusted. Its client is not on the list.',
      code: 'PT403',
    });
  });

  it.each([
    new TypeError('Failed to fetch'),
    { message: 'TypeError: Failed to fetch', code: '', details: '', hint: '' },
    undefined,
  ])('takes anything without a code for a lost connection', (error) => {
    expect(describeDataError(error)).toEqual({
      text: 'The Data API cannot be reached. Check your connection and try again.',
      code: null,
    });
  });
});
