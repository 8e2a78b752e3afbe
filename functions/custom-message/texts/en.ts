/** English. */
import type { LanguageTexts } from './texts.ts';

const ignore = 'If you did not ask for this, you can ignore this message.';

export const en: LanguageTexts = {
  language: 'en',
  username: 'User name',
  password: 'Temporary password',
  kinds: {
    SignUp: {
      subject: 'Confirm your account',
      text: 'Welcome. Enter this code to confirm your account.',
      note: ignore,
      sms: '{code} confirms your account.',
    },
    ResendCode: {
      subject: 'Your new code',
      text: 'Enter this code to confirm your account. Earlier codes no longer work.',
      note: ignore,
      sms: '{code} confirms your account.',
    },
    ForgotPassword: {
      subject: 'Reset your password',
      text: 'Enter this code to choose a new password.',
      note: 'If you did not ask for this, your password stays as it is.',
      sms: '{code} resets your password.',
    },
    AdminCreateUser: {
      subject: 'You have an account',
      text: 'An account was made for you. Sign in with this name and password, and choose a password of your own.',
      note: 'The password is valid for some days only.',
      sms: 'Your user name is {username}, your temporary password is {code}',
    },
    UpdateUserAttribute: {
      subject: 'Confirm your new address',
      text: 'Enter this code to confirm that this address is yours.',
      note: 'If you did not change your address, change your password.',
      sms: '{code} confirms this number.',
    },
    VerifyUserAttribute: {
      subject: 'Confirm your address',
      text: 'Enter this code to confirm that this address is yours.',
      note: ignore,
      sms: '{code} confirms this number.',
    },
    Authentication: {
      subject: 'Your code to sign in',
      text: 'Enter this code to sign in. Do not give it to anybody.',
      note: 'If you did not try to sign in, somebody may know your password. Change it.',
      sms: '{code} is your code to sign in.',
    },
  },
  own: {
    SignInCode: {
      subject: 'Your code to sign in',
      text: 'Enter this code to sign in. It is valid for five minutes. Do not give it to anybody.',
      note: ignore,
    },
    NewDevice: {
      subject: 'A new device',
      text: 'Somebody has signed in to your account on a new device.',
      note: 'If it was not you, change your password now.',
    },
  },
};
