/** Amplify's signInWithRedirect in Chromium: managed login over HTTPS, and Google. */
import {
  CreateIdentityProviderCommand,
  CreateUserPoolClientCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  type RunningIdentityProvider,
  startIdentityProvider,
} from '../../local/identity-provider/server.ts';
import { startBrowser, type TestBrowser } from '../support/browser.ts';
import {
  addUser,
  openPool,
  PASSWORD,
  POOL,
  someEmail,
  type TestPool,
} from '../unit/local/cognito/support.ts';
import { type ServedApp, serveApp } from './served-app.ts';

/** The app has a button for each way, and shows who is signed in. */
const APP = `
import { Amplify } from 'aws-amplify';
import { fetchAuthSession, signInWithRedirect, signOut } from 'aws-amplify/auth';
import { Hub } from 'aws-amplify/utils';
import 'aws-amplify/auth/enable-oauth-listener';
const { endpoint, domain, poolId, clientId } = await (await fetch('/settings')).json();
const home = [location.origin + '/'];
const show = async () => {
  const { tokens } = await fetchAuthSession();
  document.body.textContent = tokens ? 'signed in ' + tokens.idToken.payload.email : '';
  button('pool', () => signInWithRedirect());
  button('Google', () => signInWithRedirect({ provider: 'Google' }));
  if (tokens) button('renew', async () => {
    await fetchAuthSession({ forceRefresh: true });
    document.body.append(' renewed');
  });
  if (tokens) button('out', () => signOut());
};
const button = (name, act) => {
  const element = document.createElement('button');
  element.textContent = name;
  element.onclick = act;
  document.body.append(element);
};
Hub.listen('auth', ({ payload: { event, data } }) => {
  if (event === 'signInWithRedirect') show();
  if (event === 'signInWithRedirect_failure') document.body.textContent = 'failed ' + data.error.message;
});
Amplify.configure({ Auth: { Cognito: {
  userPoolId: poolId, userPoolClientId: clientId, userPoolEndpoint: endpoint,
  loginWith: { oauth: {
    domain, scopes: ['openid', 'email', 'profile', 'aws.cognito.signin.user.admin'],
    redirectSignIn: home, redirectSignOut: home, responseType: 'code',
  } },
} } });
if (!location.search.includes('code=')) await show();
`;

const SECRET = 'a-secret-of-the-provider-32-chars';
let browser: TestBrowser;
let app: ServedApp;
let pool: TestPool;
let google: RunningIdentityProvider;
let clientId: string;
let page: Page;

beforeAll(async () => {
  browser = await startBrowser();
  app = await serveApp(APP, () => {
    const { endpoint, domain } = pool;
    return { endpoint, domain, poolId: POOL, clientId };
  });
  pool = await openPool({ allowedOrigins: [app.origin], httpsPort: 0 });
  google = await startIdentityProvider({
    port: 0,
    name: 'Google',
    clientId: 'local',
    clientSecret: SECRET,
    redirectUris: [`https://${pool.domain}/oauth2/idpresponse`],
  });
  pool.standIn('Google', google.issuer);
  await pool.aws.send(
    new CreateIdentityProviderCommand({
      ...{ UserPoolId: POOL, ProviderName: 'Google', ProviderType: 'Google' },
      ProviderDetails: {
        client_id: 'local',
        client_secret: SECRET,
        authorize_scopes: 'openid email profile',
      },
      AttributeMapping: { username: 'sub', email: 'email' },
    }),
  );
  const { UserPoolClient } = await pool.aws.send(
    new CreateUserPoolClientCommand({
      ...{ UserPoolId: POOL, ClientName: 'web' },
      AllowedOAuthFlowsUserPoolClient: true,
      AllowedOAuthFlows: ['code'],
      AllowedOAuthScopes: ['openid', 'email', 'profile', 'aws.cognito.signin.user.admin'],
      CallbackURLs: [`${app.origin}/`],
      LogoutURLs: [`${app.origin}/`],
      SupportedIdentityProviders: ['COGNITO', 'Google'],
    }),
  );
  clientId = UserPoolClient?.ClientId ?? '';
});
afterAll(async () => {
  await browser?.close();
  await app?.close();
  await google?.close();
  await pool?.close();
});
afterEach(() => page?.close());

const press = (name: string) => page.getByRole('button', { name, exact: true }).click();

async function openApp(): Promise<void> {
  // The certificate is signed by itself.
  page = await browser.person({ ignoreHTTPSErrors: true });
  await page.goto(app.origin);
}

describe('signInWithRedirect', () => {
  test('leads to managed login and back, renews, and signs out', async () => {
    const email = await addUser(pool);
    await openApp();
    await press('pool');
    await page.getByLabel('Email').fill(email);
    await page.getByLabel('Password').fill(PASSWORD);
    expect(new URL(page.url()).host).toBe(pool.domain);
    await press('Sign in');
    await page.getByText(`signed in ${email}`).waitFor();
    await press('renew');
    await page.getByText('renewed').waitFor();
    await press('out');
    await page.waitForURL(`${app.origin}/`);
    await press('pool');
    // The session of managed login is over, too.
    await page.getByLabel('Password').waitFor();
  });

  test('leads to Google and back', async () => {
    const email = someEmail('social');
    await openApp();
    await press('Google');
    await page.getByText('Sign in at Google').first().waitFor();
    expect(new URL(page.url()).origin).toBe(google.issuer);
    await page.getByLabel('Email').fill(email);
    await press('Continue');
    await page.getByText(`signed in ${email}`).waitFor();
  });

  test('tells the app that the person has cancelled', async () => {
    await openApp();
    await press('Google');
    await press('Cancel');
    await page.getByText(/failed .*access_denied/).waitFor();
  });
});
