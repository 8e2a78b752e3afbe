/**
 * The texts of messages: those of the pool's settings, or AWS's defaults.
 *
 * Source: Amazon Cognito developer guide, "Configuring verification and invitation messages".
 */

import type { MessageKind } from '@cognito-supabase/contract/messages';
import type { PoolRecord } from '../store/records.ts';

export const CODE_PLACE = '{####}';
export const USERNAME_PLACE = '{username}';

export interface Texts {
  readonly email: string;
  readonly subject: string;
  readonly sms: string;
}

const SUBJECTS: Readonly<Record<MessageKind, string>> = {
  AdminCreateUser: 'Your temporary password',
  Authentication: 'Your code to sign in',
  ForgotPassword: 'Your code to reset your password',
  ResendCode: 'Your verification code',
  SignUp: 'Your verification code',
  UpdateUserAttribute: 'Your code to confirm your new address',
  VerifyUserAttribute: 'Your code to confirm your address',
};

/** The texts of a message, with places for code and username. */
export function textsFor(pool: PoolRecord, kind: MessageKind): Texts {
  const chosen = chosenTexts(pool, kind);
  const text = `Your ${kind === 'Authentication' ? 'authentication' : 'verification'} code is ${CODE_PLACE}.`;
  const invitation = `Your username is ${USERNAME_PLACE} and temporary password is ${CODE_PLACE}.`;
  const standard = kind === 'AdminCreateUser' ? invitation : text;
  return {
    email: chosen.email ?? standard,
    subject: chosen.subject ?? SUBJECTS[kind],
    sms: chosen.sms ?? standard,
  };
}

type Chosen = { readonly [name in keyof Texts]: string | undefined };

function chosenTexts(pool: PoolRecord, kind: MessageKind): Chosen {
  if (kind === 'AdminCreateUser') {
    const template = pool.AdminCreateUserConfig?.InviteMessageTemplate;
    return {
      email: template?.EmailMessage,
      subject: template?.EmailSubject,
      sms: template?.SMSMessage,
    };
  }
  if (kind === 'Authentication')
    return {
      email: pool.EmailMfaConfiguration?.Message,
      subject: pool.EmailMfaConfiguration?.Subject,
      sms: pool.SmsMfaConfiguration?.SmsAuthenticationMessage ?? pool.SmsAuthenticationMessage,
    };
  const template = pool.VerificationMessageTemplate;
  return {
    email: template?.EmailMessage ?? pool.EmailVerificationMessage,
    subject: template?.EmailSubject ?? pool.EmailVerificationSubject,
    sms: template?.SmsMessage ?? pool.SmsVerificationMessage,
  };
}

/** The text with code and username in their places. */
export const filled = (text: string, code: string, username: string): string =>
  text.replaceAll(CODE_PLACE, () => code).replaceAll(USERNAME_PLACE, () => username);
