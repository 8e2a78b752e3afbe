/** Steps that Cognito puts between the password and the session. */
import { createHmac } from 'node:crypto';
import {
  AdminCreateUserCommand,
  AssociateSoftwareTokenCommand,
  SetUserMFAPreferenceCommand,
  VerifySoftwareTokenCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startBrowser, type TestBrowser } from '../support/browser.ts';
import { stackEnv } from '../support/stack.ts';
import { arrive, claim, join, seeNotes, signOut, trySignIn } from './person.ts';
import { poolClient } from './pool.ts';

const stack = stackEnv();
let browser: TestBrowser;

const cognito = poolClient(stack);

beforeAll(async () => {
  browser = await startBrowser();
});

afterAll(() => browser?.close());

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** The code that an authenticator app shows: RFC 6238 with its defaults. */
const totp = (secret: string): string => {
  const bits = [...secret.replace(/=+$/, '')]
    .map((char) => BASE32.indexOf(char).toString(2).padStart(5, '0'))
    .join('');
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const digest = createHmac('sha1', key).update(counter).digest();
  const offset = (digest.at(-1) ?? 0) & 0xf;
  return String((digest.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0');
};

it('asks a person with a temporary password for a new one', async () => {
  const { page, email } = await arrive(browser, stack, 'invited');
  await cognito.send(
    new AdminCreateUserCommand({
      UserPoolId: stack.COGNITO_USER_POOL_ID,
      Username: email,
      TemporaryPassword: 'Temporary-horse-1',
      MessageAction: 'SUPPRESS',
      UserAttributes: [
        { Name: 'email', Value: email },
        { Name: 'email_verified', Value: 'true' },
      ],
    }),
  );
  await trySignIn(page, email, 'Temporary-horse-1');
  await page.getByRole('heading', { name: 'Choose a new password' }).waitFor();
  await page.getByLabel('New password', { exact: true }).fill('My-own-horse-2');
  await page.getByRole('button', { name: 'Set password and sign in' }).click();
  await seeNotes(page);
  expect(await claim(page, 'role')).toBe('authenticated');
});

it('asks for the code of an authenticator app', async () => {
  const { page, email } = await join(browser, stack, 'careful');
  const AccessToken = await page.evaluate(() => {
    const entry = Object.keys(localStorage).find((name) => name.endsWith('.accessToken'));
    return (entry && localStorage.getItem(entry)) || '';
  });
  const { SecretCode = '' } = await cognito.send(
    new AssociateSoftwareTokenCommand({ AccessToken }),
  );
  await cognito.send(new VerifySoftwareTokenCommand({ AccessToken, UserCode: totp(SecretCode) }));
  await cognito.send(
    new SetUserMFAPreferenceCommand({
      AccessToken,
      SoftwareTokenMfaSettings: { Enabled: true, PreferredMfa: true },
    }),
  );
  await signOut(page);

  await trySignIn(page, email);
  await page.getByRole('heading', { name: 'One more step' }).waitFor();
  await page.getByLabel('Code').fill(totp(SecretCode));
  await page.getByRole('button', { name: 'Continue' }).click();
  await seeNotes(page);
  expect(await claim(page, 'role')).toBe('authenticated');
});
