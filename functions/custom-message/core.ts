/**
 * The custom message trigger without Lambda: mail and SMS in the person's language.
 *
 * Source of the event's shape: Cognito developer guide, "Custom message Lambda trigger".
 */
import { MESSAGE_KINDS, type MessageKind } from '@cognito-supabase/contract/messages';
import type { CustomMessageTriggerEvent } from 'aws-lambda';
import { mailOf } from './mail.ts';
import { textsIn } from './texts/languages.ts';
import type { LanguageTexts } from './texts/texts.ts';

export interface CustomMessageSettings {
  /** Shown in each message, at most 40 characters. */
  readonly appName: string;
  /** For people without the attribute `locale`, or with another language. @default - en */
  readonly language?: string | undefined;
}

/** Cognito sends no longer SMS. */
const LONGEST_SMS = 140;

function kindOf(source: string): MessageKind | undefined {
  const name = source.replace(/^CustomMessage_/, '');
  return MESSAGE_KINDS.find((kind) => kind === name);
}

/** By what the app says, then by the person's attribute, then by the settings. */
const textsFor = (
  { request }: CustomMessageTriggerEvent,
  { language }: CustomMessageSettings,
): LanguageTexts =>
  textsIn([request.clientMetadata?.locale, request.userAttributes?.locale, language]);

/**
 * Makes the trigger's handler. It never throws: Cognito would refuse the sign-up, or the code. An event of an unknown
 * kind goes back without texts, and Cognito sends its own.
 *
 * No attribute of the person is in a text, so nobody can write into mail that the pool sends.
 */
export const customMessage =
  (settings: CustomMessageSettings) =>
  async (event: CustomMessageTriggerEvent): Promise<CustomMessageTriggerEvent> => {
    const kind = kindOf(String(event?.triggerSource));
    const code = event?.request?.codeParameter;
    if (kind === undefined || !code) return event;
    const { appName } = settings;
    const texts = textsFor(event, settings);
    const message = texts.kinds[kind];
    const username = event.request.usernameParameter ?? undefined;
    const sms = `${appName}: ${message.sms}`
      .replace('{code}', () => code)
      .replace('{username}', () => username ?? '');
    return {
      ...event,
      response: {
        ...event.response,
        emailSubject: `${appName}: ${message.subject}`,
        emailMessage: mailOf({ appName, texts, message, code, username }),
        // A text that is too long would be refused, and the code with it.
        smsMessage: sms.length <= LONGEST_SMS ? sms : null,
      },
    };
  };
