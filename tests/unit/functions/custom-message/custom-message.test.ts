/** The custom message trigger: each source in each language, and what it must never do. */

import { MESSAGE_KINDS } from '@cognito-supabase/contract/messages';
import type { CustomMessageTriggerEvent } from 'aws-lambda';
import { describe, expect, test } from 'vitest';
import { customMessage } from '../../../../functions/custom-message/core.ts';
import { LANGUAGES } from '../../../../functions/custom-message/texts/languages.ts';

const CODE = '{####}';
const USERNAME = '{username}';

type Attributes = Readonly<Record<string, string>>;

function eventOf(kind: string, userAttributes: Attributes = {}): CustomMessageTriggerEvent {
  return {
    version: '1',
    region: 'eu-central-1',
    userPoolId: 'eu-central-1_a1B2c3D4e',
    triggerSource: `CustomMessage_${kind}` as CustomMessageTriggerEvent['triggerSource'],
    userName: 'ann',
    callerContext: { awsSdkVersion: 'aws-sdk-unknown-unknown', clientId: 'web' },
    request: {
      userAttributes: { email: 'ann@example.com', ...userAttributes },
      codeParameter: CODE,
      linkParameter: '{##Click Here##}',
      usernameParameter: kind === 'AdminCreateUser' ? USERNAME : null,
    },
    response: { smsMessage: null, emailMessage: null, emailSubject: null },
  };
}

const handler = customMessage({ appName: 'Notes' });
const subjectFor = async (event: CustomMessageTriggerEvent, language?: string) =>
  (await customMessage({ appName: 'Notes', language })(event)).response.emailSubject;

describe.each([...LANGUAGES.keys()])('in %s', (locale) => {
  test.each(MESSAGE_KINDS)('%s has mail and SMS with the code in its place', async (kind) => {
    const { response } = await handler(eventOf(kind, { locale }));
    const { emailSubject, emailMessage, smsMessage } = response;
    expect(emailSubject).toMatch(/^Notes: ./);
    expect(emailMessage).toContain(`<html lang="${locale}">`);
    expect(emailMessage?.split(CODE)).toHaveLength(2);
    expect(smsMessage?.split(CODE)).toHaveLength(2);
    // Limits of Cognito, in characters.
    expect(emailSubject?.length).toBeLessThanOrEqual(140);
    expect(emailMessage?.length).toBeLessThanOrEqual(20_000);
    expect(smsMessage?.length).toBeLessThanOrEqual(140);
    const hasUsername = kind === 'AdminCreateUser';
    for (const text of [emailMessage, smsMessage])
      expect(text?.includes(USERNAME)).toBe(hasUsername);
  });

  test('no kind has the text of another language, and each SMS has room for a long name', async () => {
    const appName = 'N'.repeat(40);
    const others = [...LANGUAGES].filter(([name]) => name !== locale);
    for (const kind of MESSAGE_KINDS) {
      const { text } = LANGUAGES.get(locale)?.kinds[kind] ?? {};
      for (const [, other] of others) expect(other.kinds[kind].text).not.toBe(text);
      const { response } = await customMessage({ appName })(eventOf(kind, { locale }));
      expect(response.smsMessage).toContain(CODE);
    }
  });
});

describe('the language', () => {
  test('is that of the attribute, with or without a country, then that of the settings', async () => {
    const [english, german] = ['Notes: Confirm your account', 'Notes: Bestätigen Sie Ihr Konto'];
    expect(await subjectFor(eventOf('SignUp'))).toBe(english);
    for (const locale of ['de', 'de-AT', 'de_CH', 'DE'])
      expect(await subjectFor(eventOf('SignUp', { locale }))).toBe(german);
    expect(await subjectFor(eventOf('SignUp'), 'de')).toBe(german);
    expect(await subjectFor(eventOf('SignUp', { locale: 'en-GB' }), 'de')).toBe(english);
    expect(await subjectFor(eventOf('SignUp', { locale: 'fr' }), 'de')).toBe(german);
    expect(await subjectFor(eventOf('SignUp', { locale: '__proto__' }))).toBe(english);
  });

  test('may come from the app, before an account has attributes', async () => {
    const event = eventOf('SignUp', { locale: 'en' });
    const request = { ...event.request, clientMetadata: { locale: 'de' } };
    expect(await subjectFor({ ...event, request })).toBe('Notes: Bestätigen Sie Ihr Konto');
  });

  test('that is only the start of another word is not taken', async () => {
    expect(await subjectFor(eventOf('SignUp', { locale: 'deutsch' }))).toBe(
      'Notes: Confirm your account',
    );
  });
});

describe('a message', () => {
  test('has nothing that the person wrote: mail from the pool carries no text of a stranger', async () => {
    const nasty = 'Your prize: <a href="https://evil.example">here</a>';
    const names = [
      'given_name',
      'name',
      'email',
      'custom:note',
      'phone_number',
      'preferred_username',
    ];
    for (const kind of MESSAGE_KINDS) {
      const event = eventOf(kind, Object.fromEntries(names.map((name) => [name, nasty])));
      const request = { ...event.request, clientMetadata: { text: nasty } };
      const { response } = await handler({ ...event, userName: nasty, request });
      expect(JSON.stringify(response)).not.toContain('evil');
    }
  });

  test('escapes the name of the app, and takes its dollar signs as they are', async () => {
    const { response } = await customMessage({ appName: `A<b>&"$&$1` })(eventOf('SignUp'));
    expect(response.emailMessage).toContain('A&lt;b&gt;&amp;&quot;$&amp;$1');
    expect(response.smsMessage).toContain(`A<b>&"$&$1: ${CODE} confirms`);
  });

  test('by SMS that would be too long is left to Cognito', async () => {
    const { response } = await customMessage({ appName: 'N'.repeat(130) })(eventOf('SignUp'));
    expect(response.smsMessage).toBeNull();
    expect(response.emailMessage).toContain(CODE);
  });

  test('of an unknown source, or without a code, is left to Cognito', async () => {
    const strange = eventOf('Prize');
    expect(await handler(strange)).toBe(strange);
    const codeless = eventOf('SignUp');
    codeless.request.codeParameter = '';
    expect(await handler(codeless)).toBe(codeless);
    for (const broken of [null, {}, { triggerSource: 'CustomMessage_SignUp' }])
      expect(await handler(broken as never)).toBe(broken);
  });
});
