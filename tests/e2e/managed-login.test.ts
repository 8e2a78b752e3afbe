/** Managed login in Chromium, for an app that uses oidc-client-ts. */
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startBrowser, type TestBrowser } from '../support/browser.ts';
import {
  addUser,
  CLIENT,
  codeFor,
  openPool,
  PASSWORD,
  someEmail,
  type TestPool,
} from '../unit/local/cognito/support.ts';
import { type ServedApp, serveApp } from './served-app.ts';

/** The app: signs in by a link, and shows who came back. */
const APP = `
import { UserManager } from 'oidc-client-ts';
const { issuer, clientId } = await (await fetch('/settings')).json();
const users = new UserManager({
  authority: issuer, client_id: clientId, redirect_uri: location.origin + '/',
  response_type: 'code', scope: 'openid email profile aws.cognito.signin.user.admin',
});
const show = (user, how) => {
  document.body.textContent = how + ' ' + user.profile.email;
  button('renew', async () => show(await users.signinSilent(), 'renewed'));
};
const button = (name, act) => {
  const element = document.createElement('button');
  element.textContent = name;
  element.onclick = act;
  document.body.append(element);
};
const query = new URLSearchParams(location.search);
if (query.has('error')) document.body.textContent = query.get('error');
else if (query.has('code')) show(await users.signinRedirectCallback(), 'signed in');
else {
  button('sign in', () => users.signinRedirect());
  button('sign in without a form', () => users.signinRedirect({ prompt: 'none' }));
}
`;

let browser: TestBrowser;
let app: ServedApp;
let origin: string;
let pool: TestPool;

beforeAll(async () => {
  browser = await startBrowser();
  app = await serveApp(APP, () => ({ issuer: pool.issuer, clientId: CLIENT }));
  origin = app.origin;
  pool = await openPool({ allowedOrigins: [origin] });
});

afterAll(async () => {
  await browser?.close();
  await app?.close();
  await pool?.close();
});

let page: Page;
afterEach(() => page?.close());

async function openLogin(options = {}): Promise<Page> {
  page = await browser.person(options);
  await page.goto(origin);
  await page.getByRole('button', { name: 'sign in', exact: true }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  return page;
}

const fill = async (fields: Readonly<Record<string, string>>, button: string): Promise<void> => {
  for (const [label, value] of Object.entries(fields))
    await page.getByLabel(label, { exact: true }).fill(value);
  await page.getByRole('button', { name: button }).click();
};

describe.each([
  ['a phone', { viewport: { width: 375, height: 667 } }],
  ['a computer', { viewport: { width: 1440, height: 900 }, colorScheme: 'dark' as const }],
])('on %s', (_, options) => {
  test('a person signs in, stays signed in, and gets new tokens', async () => {
    const email = await addUser(pool);
    await openLogin(options);
    const overflows = 'document.documentElement.scrollWidth > innerWidth';
    expect(await page.evaluate(overflows)).toBe(false);
    await fill({ Email: email, Password: 'wrong' }, 'Sign in');
    expect(await page.getByRole('alert').textContent()).toBe('Incorrect username or password.');
    await fill({ Password: PASSWORD }, 'Sign in');
    await page.getByText(`signed in ${email}`).waitFor();
    expect(new URL(page.url()).origin).toBe(origin);
    await page.getByRole('button', { name: 'renew' }).click();
    await page.getByText(`renewed ${email}`).waitFor();
    // The browser is known, so there is no form.
    await page.goto(origin);
    await page.getByRole('button', { name: 'sign in without a form' }).click();
    await page.getByText(`signed in ${email}`).waitFor();
  });

  test('a person makes an account with a code of the inbox', async () => {
    const email = someEmail('new');
    await openLogin(options);
    await page.getByRole('link', { name: 'Create an account' }).click();
    await fill({ Email: email, Password: PASSWORD }, 'Create the account');
    await page.getByText(`We sent a code to ${email}.`).waitFor();
    await fill({ Code: codeFor(pool, email) }, 'Confirm');
    await page.getByText(`signed in ${email}`).waitFor();
  });
});

test('the inbox copies a code, filters by address, and loads new mail', async () => {
  const [ann, bob] = [someEmail('ann'), someEmail('bob')];
  page = await browser.person({ permissions: ['clipboard-read', 'clipboard-write'] });
  await page.goto(`${pool.endpoint}/_local/inbox`);
  for (const Username of [ann, bob])
    await pool.call('SignUp', { ClientId: CLIENT, Username, Password: PASSWORD });
  await page.getByText(bob).waitFor();
  await page.getByLabel('To').fill(ann);
  await page.getByRole('button', { name: 'Filter' }).click();
  await page.getByText(bob).waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Copy' }).click();
  await page.getByRole('button', { name: 'Copied' }).waitFor();
  expect(await page.evaluate('navigator.clipboard.readText()')).toBe(codeFor(pool, ann));
});

test('a forgotten password is reset', async () => {
  const email = await addUser(pool);
  await openLogin();
  await page.getByRole('link', { name: 'Forgot your password?' }).click();
  await fill({ Email: email }, 'Send me a code');
  const password = `${PASSWORD}-new`;
  await page.getByRole('heading', { name: 'Choose a new password' }).waitFor();
  await fill({ Code: codeFor(pool, email), 'New password': password }, 'Change the password');
  await page.getByText('Your password is changed.').waitFor();
  await fill({ Password: password }, 'Sign in');
  await page.getByText(`signed in ${email}`).waitFor();
});
