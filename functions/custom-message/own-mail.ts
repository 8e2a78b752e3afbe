/** Mail that the functions send themselves, in the person's language. */
import type { OwnMessageKind } from '@cognito-supabase/contract/messages';
import type { Mail, SendMail } from '../service/mail.ts';
import type { CustomMessageSettings } from './core.ts';
import { mailOf } from './mail.ts';
import { textsIn } from './texts/languages.ts';

export interface OwnMessage {
  readonly kind: OwnMessageKind;
  /** @default - a message without a code */
  readonly code?: string | undefined;
  /** Of the person. @default - the language of the settings */
  readonly locale?: string | undefined;
}

export function ownMail(
  { appName, language }: CustomMessageSettings,
  { kind, code, locale }: OwnMessage,
): Omit<Mail, 'to'> {
  const texts = textsIn([locale, language]);
  const message = texts.own[kind];
  return {
    subject: `${appName}: ${message.subject}`,
    html: mailOf({ appName, texts, message, code }),
  };
}

/** The two kinds as functions, for the triggers. */
export const ownMailSender = (settings: CustomMessageSettings, send: SendMail) => ({
  sendCode: (to: string, code: string, locale: string | undefined): Promise<void> =>
    send({ to, ...ownMail(settings, { kind: 'SignInCode', code, locale }) }),
  sendNewDevice: (to: string, locale: string | undefined): Promise<void> =>
    send({ to, ...ownMail(settings, { kind: 'NewDevice', locale }) }),
});
