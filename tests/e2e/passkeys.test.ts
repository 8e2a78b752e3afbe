/** Passkeys in Chromium, with its virtual authenticator, for an app that uses Amplify. */
import {
  CreateUserPoolClientCommand,
  InitiateAuthCommand,
  RespondToAuthChallengeCommand,
  StartWebAuthnRegistrationCommand,
  UpdateUserPoolCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startBrowser, type TestBrowser } from '../support/browser.ts';
import {
  addUser,
  openPool,
  PASSWORD,
  POOL,
  signIn,
  type TestPool,
} from '../unit/local/cognito/support.ts';
import { type ServedApp, serveApp } from './served-app.ts';

/** The test calls Amplify's functions in the page. */
const APP = `
import { Amplify } from 'aws-amplify';
import * as auth from 'aws-amplify/auth';
const { endpoint, poolId, clientId } = await (await fetch('/settings')).json();
Amplify.configure({ Auth: { Cognito: {
  userPoolId: poolId, userPoolClientId: clientId, userPoolEndpoint: endpoint } } });
globalThis.auth = auth;
document.title = 'ready';
`;

const UserPoolId = POOL;
let browser: TestBrowser;
let app: ServedApp;
let pool: TestPool;
let clientId: string;
let page: Page;

beforeAll(async () => {
  browser = await startBrowser();
  app = await serveApp(APP, () => ({ endpoint: pool.endpoint, poolId: POOL, clientId }));
  pool = await openPool({ allowedOrigins: [app.origin] });
  await pool.aws.send(
    new UpdateUserPoolCommand({
      UserPoolId,
      MfaConfiguration: 'OPTIONAL',
      Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'WEB_AUTHN'] } },
    }),
  );
  const { UserPoolClient } = await pool.aws.send(
    new CreateUserPoolClientCommand({
      UserPoolId,
      ClientName: 'passkeys',
      ExplicitAuthFlows: ['ALLOW_USER_AUTH', 'ALLOW_USER_SRP_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
      PreventUserExistenceErrors: 'ENABLED',
    }),
  );
  clientId = UserPoolClient?.ClientId ?? '';
});
afterAll(async () => {
  await browser?.close();
  await app?.close();
  await pool?.close();
});
afterEach(() => page?.close());

/** A browser with an authenticator in the device. */
async function openApp(): Promise<void> {
  page = await browser.person();
  const session = await page.context().newCDPSession(page);
  await session.send('WebAuthn.enable');
  await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  await page.goto(app.origin);
  await page.waitForFunction("document.title === 'ready'");
}

/** The result of one of Amplify's functions, or the name of its error. */
const call = (name: string, input?: object): Promise<Record<string, unknown> | string> =>
  page.evaluate(
    `auth.${name}(${JSON.stringify(input ?? null)} ?? undefined)
      .then((result) => JSON.parse(JSON.stringify(result ?? {})), (error) => error.name)`,
  );

const byPasskey = (username: string) =>
  call('signIn', {
    username,
    options: { authFlowType: 'USER_AUTH', preferredChallenge: 'WEB_AUTHN' },
  });

async function register(email: string): Promise<void> {
  expect(await call('signIn', { username: email, password: PASSWORD })).toMatchObject({
    isSignedIn: true,
  });
  expect(await call('associateWebAuthnCredential')).toEqual({});
}

test('a person makes a passkey, signs in with it, and deletes it', async () => {
  const email = await addUser(pool);
  await openApp();
  await register(email);
  const { credentials } = (await call('listWebAuthnCredentials')) as {
    readonly credentials: readonly { readonly credentialId: string }[];
  };
  expect(credentials).toMatchObject([
    { relyingPartyId: 'localhost', authenticatorTransports: ['internal'] },
  ]);
  await call('signOut');
  expect(await byPasskey(email)).toMatchObject({ isSignedIn: true });
  expect(await call('fetchUserAttributes')).toMatchObject({ email });
  await call('deleteWebAuthnCredential', { credentialId: credentials[0]?.credentialId });
  expect(await call('listWebAuthnCredentials')).toMatchObject({ credentials: [] });
  await call('signOut');
  // Without a passkey there is a choice, and it has the password only.
  expect(await byPasskey(email)).toMatchObject({
    isSignedIn: false,
    nextStep: { availableChallenges: ['PASSWORD', 'PASSWORD_SRP'] },
  });
});

test('a passkey of one person does not open the account of another', async () => {
  const [ann, bob] = [await addUser(pool), await addUser(pool)];
  await openApp();
  await register(ann);
  await call('signOut');
  await register(bob);
  const { credentials } = (await call('listWebAuthnCredentials')) as {
    readonly credentials: readonly { readonly credentialId: string }[];
  };
  await call('signOut');
  const start = (USERNAME: string) =>
    pool.aws.send(
      new InitiateAuthCommand({
        ...{ ClientId: clientId, AuthFlow: 'USER_AUTH' },
        AuthParameters: { USERNAME, PREFERRED_CHALLENGE: 'WEB_AUTHN' },
      }),
    );
  const asked = await start(ann);
  // Bob's authenticator signs Ann's challenge.
  const options = JSON.parse(asked.ChallengeParameters?.CREDENTIAL_REQUEST_OPTIONS ?? '');
  const stolen = {
    ...options,
    allowCredentials: [{ type: 'public-key', id: credentials[0]?.credentialId }],
  };
  const credential: string = await page.evaluate(
    `(async () => JSON.stringify(await navigator.credentials.get({
      publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(${JSON.stringify(stolen)}) })))()`,
  );
  const answer = (Session: string | undefined, USERNAME: string) =>
    pool.aws.send(
      new RespondToAuthChallengeCommand({
        ...{ ClientId: clientId, ChallengeName: 'WEB_AUTHN', Session },
        ChallengeResponses: { USERNAME, CREDENTIAL: credential },
      }),
    );
  await expect(answer(asked.Session, ann)).rejects.toMatchObject({
    name: 'NotAuthorizedException',
  });
  // The same signature does not fit another challenge, of Bob himself.
  await expect(answer((await start(bob)).Session, bob)).rejects.toMatchObject({
    name: 'NotAuthorizedException',
  });
});

describe('is refused', () => {
  test('where nobody has the name, like a passkey that does not fit', async () => {
    const asked = await pool.aws.send(
      new InitiateAuthCommand({
        ...{ ClientId: clientId, AuthFlow: 'USER_AUTH' },
        AuthParameters: { USERNAME: 'nobody@example.com', PREFERRED_CHALLENGE: 'WEB_AUTHN' },
      }),
    );
    expect(asked.ChallengeName).toBe('WEB_AUTHN');
    const answer = new RespondToAuthChallengeCommand({
      ...{ ClientId: clientId, ChallengeName: 'WEB_AUTHN', Session: asked.Session },
      ChallengeResponses: { USERNAME: 'nobody@example.com', CREDENTIAL: '{"id": "x"}' },
    });
    await expect(pool.aws.send(answer)).rejects.toMatchObject({ name: 'NotAuthorizedException' });
  });

  test.each(['null', '7', '"x"', '[]', '{"response": null}', '{'])(
    'that is %s',
    async (CREDENTIAL) => {
      const email = await addUser(pool);
      const { accessToken: AccessToken } = await signIn(pool, email);
      await pool.call('StartWebAuthnRegistration', { AccessToken });
      if (CREDENTIAL !== '{')
        await expect(
          pool.call('CompleteWebAuthnRegistration', {
            AccessToken,
            Credential: JSON.parse(CREDENTIAL),
          }),
        ).rejects.toMatchObject({ code: expect.stringMatching(/WebAuthn|InvalidParameter/) });
      await openApp();
      await register(email);
      const asked = await pool.aws.send(
        new InitiateAuthCommand({
          ...{ ClientId: clientId, AuthFlow: 'USER_AUTH' },
          AuthParameters: { USERNAME: email, PREFERRED_CHALLENGE: 'WEB_AUTHN' },
        }),
      );
      const answer = new RespondToAuthChallengeCommand({
        ...{ ClientId: clientId, ChallengeName: 'WEB_AUTHN', Session: asked.Session },
        ChallengeResponses: { USERNAME: email, CREDENTIAL },
      });
      await expect(pool.aws.send(answer)).rejects.toMatchObject({
        name: expect.stringMatching(/NotAuthorized|InvalidParameter/),
      });
      expect(pool.warnings).toEqual([]);
    },
  );

  test('without a registration that has begun, and where the pool has no passkeys', async () => {
    const email = await addUser(pool);
    const { accessToken } = await signIn(pool, email);
    const credential = { id: 'x', response: { clientDataJSON: '' } };
    await expect(
      pool.call('CompleteWebAuthnRegistration', {
        AccessToken: accessToken,
        Credential: credential,
      }),
    ).rejects.toMatchObject({ code: 'WebAuthnChallengeNotFoundException' });
    await pool.call('StartWebAuthnRegistration', { AccessToken: accessToken });
    await expect(
      pool.call('CompleteWebAuthnRegistration', {
        AccessToken: accessToken,
        Credential: credential,
      }),
    ).rejects.toMatchObject({ code: 'WebAuthnOriginNotAllowedException' });
    const other = await openPool();
    try {
      const token = (await signIn(other, await addUser(other))).accessToken;
      await expect(
        other.aws.send(new StartWebAuthnRegistrationCommand({ AccessToken: token })),
      ).rejects.toMatchObject({ name: 'WebAuthnNotEnabledException' });
    } finally {
      await other.close();
    }
  });
});
