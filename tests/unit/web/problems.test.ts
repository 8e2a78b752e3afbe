import { describe, expect, it } from 'vitest';
import { describeAuthError } from '../../../web/src/auth/auth-problem.ts';
import { describeDataError } from '../../../web/src/data/data-problem.ts';

const cognito = (name: string, message = '') => Object.assign(new Error(message), { name });

describe('describeAuthError', () => {
  it.each([
    ['UsernameExistsException', 'email', /account with this email/],
    ['CodeMismatchException', 'code', /not right/],
    ['ExpiredCodeException', 'code', /expired/],
    ['LimitExceededException', null, /Too many attempts/],
    ['NetworkError', null, /cannot be reached/],
    ['UserAlreadyAuthenticatedException', null, /signed in already/],
  ])('puts %s in words', (name, field, text) => {
    const problem = describeAuthError(cognito(name, 'internal'));
    expect(problem).toMatchObject({ code: name, field });
    expect(problem.text).toMatch(text);
  });

  it('says the same of an unknown account as of a wrong password', () => {
    const unknown = describeAuthError(cognito('UserNotFoundException', 'User does not exist.'));
    const wrong = describeAuthError(
      cognito('NotAuthorizedException', 'Incorrect username or password.'),
    );
    expect(unknown.text).toBe(wrong.text);
    expect(wrong.field).toBe('password');
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

  it('keeps the rule that a password does not meet', () => {
    const rule = 'Password did not conform with policy: Password must have uppercase characters';
    expect(describeAuthError(cognito('InvalidPasswordException', rule))).toEqual({
      text: 'Please choose another password. Password must have uppercase characters.',
      code: 'InvalidPasswordException',
      field: 'password',
    });
  });

  it('passes on what a trigger of the pool says', () => {
    const message = 'PreSignUp failed with error Only our own people may sign up.';
    expect(describeAuthError(cognito('UserLambdaValidationException', message)).text).toBe(
      'Only our own people may sign up.',
    );
  });

  it('takes a failed fetch for a lost connection, also inside what Amplify calls unknown', () => {
    const lost = new TypeError('Failed to fetch');
    const wrapped = Object.assign(cognito('Unknown', 'An unknown error has occurred.'), {
      underlyingError: lost,
    });
    expect(describeAuthError(lost).code).toBe('NetworkError');
    expect(describeAuthError(wrapped).code).toBe('NetworkError');
  });

  it('shows what it does not know as it is', () => {
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

  it('passes on what the database says itself, with its hint', () => {
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
