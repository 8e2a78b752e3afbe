/** The page with all texts of the pool, and mail in its frame. */

import { MESSAGE_KINDS } from '@cognito-supabase/contract/messages';
import type { CustomMessageTriggerEvent } from 'aws-lambda';
import { describe, expect, test } from 'vitest';
import { customMessage } from '../../../../functions/custom-message/core.ts';
import { POOL, someEmail, type TestPool, usePool } from './support.ts';

const page = async ({ endpoint }: TestPool, path: string) => {
  const response = await fetch(endpoint + path);
  const policy = response.headers.get('content-security-policy') ?? '';
  return { status: response.status, policy, text: await response.text() };
};

test('shows each text of the settings', async () => {
  const pool = await usePool();
  const { status, text } = await page(pool, '/_local/previews');
  expect(status).toBe(200);
  for (const kind of MESSAGE_KINDS)
    expect(text).toContain(`src="/_local/previews/${kind}?locale="`);
  expect(text).toContain('Your verification code is 123456.');
  const mail = await page(pool, '/_local/previews/SignUp');
  expect(mail.text).toBe('Your verification code is 123456.');
});

describe('with a trigger', () => {
  test('shows its texts in the language of the person that was chosen', async () => {
    const pool = await usePool({
      triggers: { CustomMessage: customMessage({ appName: 'Notes' }) },
    });
    const { text } = await page(pool, '/_local/previews?locale=de-AT');
    expect(text).toContain('Notes: Passwort zurücksetzen');
    expect(text).toContain('?locale=de-AT"');
    const mail = await page(pool, '/_local/previews/AdminCreateUser?locale=de-AT');
    expect(mail.text).toContain('Temporary-Pass-42');
    expect(mail.text).not.toContain('{####}');
    // Nothing in mail runs or loads, whoever wrote it.
    expect(mail.policy).toContain("default-src 'none'");
    expect(mail.policy).toMatch(/; sandbox;/);
    expect(mail.policy).not.toContain('script');
  });

  test('that fails is named, and the other texts are shown', async () => {
    const CustomMessage = (event: CustomMessageTriggerEvent) => {
      if (event.triggerSource === 'CustomMessage_SignUp') throw new Error('<no> texts');
      return event;
    };
    const { text } = await page(await usePool({ triggers: { CustomMessage } }), '/_local/previews');
    expect(text).toContain('&lt;no&gt; texts');
    expect(text).not.toContain('<no>');
    expect(text).toContain('Your code to reset your password');
  });
});

test('unknown kinds and messages are not found', async () => {
  const pool = await usePool();
  for (const path of ['/_local/previews/Prize', '/_local/previews/__proto__', '/_local/mail/1'])
    expect((await page(pool, path)).status).toBe(404);
});

test('the inbox shows mail in a frame, with its code', async () => {
  const pool = await usePool({ triggers: { CustomMessage: customMessage({ appName: 'Notes' }) } });
  const Username = someEmail();
  await pool.call('AdminCreateUser', { UserPoolId: POOL, Username });
  const [message] = pool.messages(Username);
  expect((await page(pool, '/_local/inbox')).text).toContain(`src="/_local/mail/${message?.id}"`);
  const mail = await page(pool, `/_local/mail/${message?.id}`);
  expect(mail.text).toContain(message?.code);
  expect(mail.policy).toMatch(/; sandbox;/);
});
