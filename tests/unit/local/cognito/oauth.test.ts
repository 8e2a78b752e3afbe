/** Managed login and the OAuth endpoints, by openid-client, which checks every answer by itself. */
import {
  AdminCreateUserCommand,
  AdminDisableUserCommand,
  AdminUserGlobalSignOutCommand,
  CreateResourceServerCommand,
  CreateUserPoolClientCommand,
  type CreateUserPoolClientCommandInput,
  type UserPoolType,
} from '@aws-sdk/client-cognito-identity-provider';
import { decodeJwt } from 'jose';
import * as oidc from 'openid-client';
import { Secret, TOTP } from 'otpauth';
import { describe, expect, test } from 'vitest';
import { beginFlow, CALLBACK, configure, SCOPE, signIn } from './flow.ts';
import {
  addUser,
  CLIENT,
  codeFor,
  ORIGIN,
  PASSWORD,
  POOL,
  post,
  signIn as signInByApi,
  someEmail,
  type TestPool,
  usePool,
} from './support.ts';
import { Visitor } from './visitor.ts';

const UserPoolId = POOL;

describe('a sign-in with a code', () => {
  test('gives tokens, an answer of userInfo, and new tokens', async () => {
    const pool = await usePool();
    const email = await addUser(pool);
    const flow = await beginFlow(pool);
    const [page] = await signIn(pool, flow, email);
    const tokens = await flow.redeem(page);
    const access = decodeJwt(tokens.access_token);
    expect(access).toMatchObject({
      iss: pool.issuer,
      client_id: CLIENT,
      token_use: 'access',
      version: 2,
      scope: SCOPE,
      role: 'authenticated',
    });
    expect(tokens.claims()).toMatchObject({ email, email_verified: true, aud: CLIENT });
    expect(decodeJwt(tokens.id_token ?? '').at_hash).toBeTypeOf('string');
    const info = await oidc.fetchUserInfo(flow.config, tokens.access_token, access.sub ?? '');
    expect(info).toMatchObject({ sub: access.sub, email, email_verified: 'true' });
    const again = await oidc.refreshTokenGrant(flow.config, tokens.refresh_token ?? '');
    expect(decodeJwt(again.access_token)).toMatchObject({
      scope: SCOPE,
      version: 2,
      origin_jti: access.origin_jti,
      auth_time: access.auth_time,
    });
    expect(again.refresh_token).toBeUndefined();
    // The token opens the API too.
    const self = await post(pool, 'GetUser', { AccessToken: tokens.access_token });
    expect(await self.json()).toMatchObject({ Username: access.sub });
  });

  test('is remembered by the browser until /logout', async () => {
    const pool = await usePool();
    const email = await addUser(pool);
    const [, visitor] = await signIn(pool, await beginFlow(pool), email);
    const second = await beginFlow(pool, { prompt: 'none' });
    const tokens = await second.redeem(await visitor.open(second.url));
    expect(tokens.claims()?.email).toBe(email);
    const asked = await visitor.open((await beginFlow(pool, { prompt: 'login' })).url);
    expect(asked.html).toContain('Sign in');
    const out = `/logout?client_id=${CLIENT}&logout_uri=${encodeURIComponent(CALLBACK)}`;
    expect((await visitor.open(out)).location?.href).toBe(CALLBACK);
    const third = await beginFlow(pool, { prompt: 'none' });
    const { location } = await visitor.open(third.url);
    expect(location?.searchParams.get('error')).toBe('login_required');
  });

  test('is not remembered for a person who was disabled', async () => {
    const pool = await usePool();
    const email = await addUser(pool);
    const [, visitor] = await signIn(pool, await beginFlow(pool), email);
    await pool.aws.send(new AdminDisableUserCommand({ UserPoolId, Username: email }));
    const { location } = await visitor.open((await beginFlow(pool, { prompt: 'none' })).url);
    expect(location?.searchParams.get('error')).toBe('login_required');
  });

  test('gives what its scopes open', async () => {
    const pool = await usePool();
    const email = await addUser(pool);
    const tokensFor = async (scope: string) => {
      const flow = await beginFlow(pool, { scope });
      const [page] = await signIn(pool, flow, email);
      return flow.redeem(page);
    };
    const profile = await tokensFor('openid profile');
    expect(profile.claims()?.email).toBeUndefined();
    const refused = await post(pool, 'GetUser', { AccessToken: profile.access_token });
    expect(await refused.json()).toMatchObject({ __type: 'NotAuthorizedException' });
    expect((await tokensFor('openid')).claims()?.email).toBe(email);
  });

  test('wrong passwords, unknown people and foreign forms are refused', async () => {
    const pool = await usePool();
    const email = await addUser(pool);
    const flow = await beginFlow(pool, { login_hint: email });
    const visitor = new Visitor(pool.endpoint);
    const page = await visitor.open(flow.url);
    expect(page.html).toContain(`value="${email}"`);
    for (const fields of [
      { username: email, password: 'wrong' },
      { username: 'nobody@example.com', password: PASSWORD },
      { username: '"><script>alert(1)</script>', password: '' },
    ]) {
      const refused = await visitor.submit(page, fields);
      expect(refused.status).toBe(400);
      expect(refused.html).toContain('Incorrect username or password.');
      expect(refused.html).not.toContain('<script>');
    }
    const forged = await visitor.submit(page, { username: email, password: PASSWORD, _csrf: 'x' });
    expect(forged.status).toBe(400);
    const foreign = await fetch(new URL(`/login${flow.url.search}`, pool.endpoint), {
      method: 'POST',
      headers: { origin: 'https://evil.example' },
      body: new URLSearchParams({ username: email, password: PASSWORD }),
    });
    expect(foreign.status).toBe(403);
  });
});

describe('a request that is refused', () => {
  test.each([
    ['redirect_uri', 'https://evil.example/'],
    ['redirect_uri', `${CALLBACK}x`],
    ['redirect_uri', ORIGIN],
    ['client_id', 'nobody'],
  ])('%s %s gets a page, and no redirect', async (name, value) => {
    const pool = await usePool();
    const { url } = await beginFlow(pool);
    url.searchParams.set(name, value);
    const page = await new Visitor(pool.endpoint).open(url);
    expect(page).toMatchObject({ status: 400, location: undefined });
    expect(page.html).toContain('This link does not work');
  });

  test.each([
    [{ response_type: 'id_token' }, 'unsupported_response_type'],
    [{ scope: 'openid other' }, 'invalid_scope'],
    [{ scope: 'email' }, 'invalid_scope'],
    [{ code_challenge_method: 'plain' }, 'invalid_request'],
    [{ code_challenge: 'short' }, 'invalid_request'],
    [{ prompt: 'dance' }, 'invalid_request'],
    [{ prompt: 'none login' }, 'invalid_request'],
    [{ identity_provider: 'Google' }, 'invalid_request'],
    [{ prompt: 'none' }, 'login_required'],
  ])('%j is told to the app as %s', async (parameters, error) => {
    const pool = await usePool();
    const { url } = await beginFlow(pool, parameters as Record<string, string>);
    const { location } = await new Visitor(pool.endpoint).open(url);
    expect(location?.origin).toBe(ORIGIN);
    expect(location?.searchParams.get('error')).toBe(error);
    expect(location?.searchParams.get('state')).toBe(url.searchParams.get('state'));
  });
});

describe('a code', () => {
  test('is used once, and a second use ends the session', async () => {
    const pool = await usePool();
    const flow = await beginFlow(pool);
    const [page] = await signIn(pool, flow, await addUser(pool));
    const tokens = await flow.redeem(page);
    await expect(flow.redeem(page)).rejects.toMatchObject({ error: 'invalid_grant' });
    const refresh = oidc.refreshTokenGrant(flow.config, tokens.refresh_token ?? '');
    await expect(refresh).rejects.toMatchObject({ error: 'invalid_grant' });
  });

  test.each([
    ['code_verifier', 'x'.repeat(43)],
    ['code_verifier', ''],
    ['redirect_uri', `${ORIGIN}/other`],
  ])('with another %s is refused, and is used up', async (name, value) => {
    const pool = await usePool();
    const flow = await beginFlow(pool);
    const [page] = await signIn(pool, flow, await addUser(pool));
    const body = new URLSearchParams({
      grant_type: 'authorization_code',
      client_id: CLIENT,
      code: page.location?.searchParams.get('code') ?? '',
      redirect_uri: CALLBACK,
      [name]: value,
    });
    const response = await fetch(`${pool.endpoint}/oauth2/token`, { method: 'POST', body });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: 'invalid_grant' });
    await expect(flow.redeem(page)).rejects.toMatchObject({ error: 'invalid_grant' });
  });
});

async function makeClient(pool: TestPool, settings: Partial<CreateUserPoolClientCommandInput>) {
  const { UserPoolClient } = await pool.aws.send(
    new CreateUserPoolClientCommand({
      UserPoolId,
      ClientName: 'test',
      AllowedOAuthFlowsUserPoolClient: true,
      AllowedOAuthFlows: ['code'],
      AllowedOAuthScopes: ['openid', 'email', 'profile', 'aws.cognito.signin.user.admin'],
      CallbackURLs: [CALLBACK],
      ExplicitAuthFlows: ['ALLOW_USER_SRP_AUTH'],
      ...settings,
    }),
  );
  return { id: UserPoolClient?.ClientId ?? '', secret: UserPoolClient?.ClientSecret ?? '' };
}

describe('refresh tokens', () => {
  test.each([
    [0, 'invalid_grant'],
    [60, undefined],
  ])('with rotation and %i s of grace, the old one gives %s', async (seconds, error) => {
    const pool = await usePool();
    const { id } = await makeClient(pool, {
      RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: seconds },
    });
    const config = await configure(pool, id);
    const flow = await beginFlow(pool, {}, config);
    const [page] = await signIn(pool, flow, await addUser(pool));
    const first = await flow.redeem(page);
    const second = await oidc.refreshTokenGrant(config, first.refresh_token ?? '');
    expect(second.refresh_token).not.toBe(first.refresh_token);
    const old = oidc.refreshTokenGrant(config, first.refresh_token ?? '');
    if (error === undefined) expect((await old).refresh_token).toBeTypeOf('string');
    else await expect(old).rejects.toMatchObject({ error });
    const third = await oidc.refreshTokenGrant(config, second.refresh_token ?? '');
    // Revoking any of them ends the session.
    await oidc.tokenRevocation(config, third.refresh_token ?? '');
    for (const token of [second.refresh_token, third.refresh_token])
      await expect(oidc.refreshTokenGrant(config, token ?? '')).rejects.toMatchObject({
        error: 'invalid_grant',
      });
  });

  test('with rotation, one of many at the same time is answered', async () => {
    const pool = await usePool();
    const { id } = await makeClient(pool, {
      RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 0 },
    });
    const config = await configure(pool, id);
    const flow = await beginFlow(pool, {}, config);
    const [page] = await signIn(pool, flow, await addUser(pool));
    const { refresh_token = '' } = await flow.redeem(page);
    const answers = await Promise.allSettled(
      Array.from({ length: 10 }, () => oidc.refreshTokenGrant(config, refresh_token)),
    );
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  test('do not rotate where the API refreshes too', async () => {
    const pool = await usePool();
    const client = makeClient(pool, {
      ExplicitAuthFlows: ['ALLOW_REFRESH_TOKEN_AUTH'],
      RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 0 },
    });
    await expect(client).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });

  test('end with a global sign-out, as userInfo does', async () => {
    const pool = await usePool();
    const email = await addUser(pool);
    const flow = await beginFlow(pool);
    const [page] = await signIn(pool, flow, email);
    const { refresh_token = '', access_token } = await flow.redeem(page);
    await pool.aws.send(new AdminUserGlobalSignOutCommand({ UserPoolId, Username: email }));
    await expect(oidc.refreshTokenGrant(flow.config, refresh_token)).rejects.toMatchObject({
      error: 'invalid_grant',
    });
    const info = await fetch(`${pool.endpoint}/oauth2/userInfo`, {
      headers: { authorization: `Bearer ${access_token}` },
    });
    expect(info.status).toBe(401);
    expect(info.headers.get('www-authenticate')).toContain('invalid_token');
  });
});

describe('an app client with a secret', () => {
  test('shows it by Basic or in the form', async () => {
    const pool = await usePool();
    const { id, secret } = await makeClient(pool, { GenerateSecret: true });
    const email = await addUser(pool);
    for (const auth of [oidc.ClientSecretBasic(secret), oidc.ClientSecretPost(secret)]) {
      const config = await oidc.discovery(new URL(pool.issuer), id, undefined, auth, {
        execute: [oidc.allowInsecureRequests],
      });
      const flow = await beginFlow(pool, {}, config);
      const [page] = await signIn(pool, flow, email);
      expect((await flow.redeem(page)).claims()?.aud).toBe(id);
    }
    for (const wrong of [oidc.ClientSecretBasic('x'), oidc.ClientSecretPost('x'), oidc.None()]) {
      const config = await oidc.discovery(new URL(pool.issuer), id, undefined, wrong, {
        execute: [oidc.allowInsecureRequests],
      });
      await expect(oidc.refreshTokenGrant(config, 'x')).rejects.toMatchObject({
        error: 'invalid_client',
      });
    }
  });

  test('of a machine gets a token with its scopes, and the claims of the trigger', async () => {
    const pool = await usePool();
    await pool.aws.send(
      new CreateResourceServerCommand({
        UserPoolId,
        Identifier: 'rows',
        Name: 'rows',
        Scopes: ['read', 'write'].map((ScopeName) => ({ ScopeName, ScopeDescription: ScopeName })),
      }),
    );
    const { id, secret } = await makeClient(pool, {
      GenerateSecret: true,
      AllowedOAuthFlows: ['client_credentials'],
      AllowedOAuthScopes: ['rows/read'],
    });
    const config = await configure(pool, id, secret);
    const { access_token } = await oidc.clientCredentialsGrant(config);
    expect(decodeJwt(access_token)).toMatchObject({
      sub: id,
      client_id: id,
      token_use: 'access',
      scope: 'rows/read',
      version: 2,
    });
    // The deployed trigger gives no role to a machine that is not configured.
    expect(decodeJwt(access_token).role).toBeUndefined();
    const more = oidc.clientCredentialsGrant(config, { scope: 'rows/write' });
    await expect(more).rejects.toMatchObject({ error: 'invalid_scope' });
    const people = oidc.refreshTokenGrant(await configure(pool), 'x');
    await expect(people).rejects.toMatchObject({ error: 'invalid_grant' });
    const self = await post(pool, 'GetUser', { AccessToken: access_token });
    expect(await self.json()).toMatchObject({ __type: 'NotAuthorizedException' });
  });

  test('of a machine is not changed by a trigger with version 2 of the event', async () => {
    const sources: string[] = [];
    const pool = await usePool({
      preToken: (event) => {
        sources.push(event.triggerSource);
        return event;
      },
    });
    await pool.call('CreateResourceServer', {
      ...{ UserPoolId, Identifier: 'rows', Name: 'rows' },
      Scopes: [{ ScopeName: 'read', ScopeDescription: 'read' }],
    });
    const { id, secret } = await makeClient(pool, {
      GenerateSecret: true,
      AllowedOAuthFlows: ['client_credentials'],
      AllowedOAuthScopes: ['rows/read'],
    });
    const config = await configure(pool, id, secret);
    await oidc.clientCredentialsGrant(config);
    const { UserPool } = await pool.call('DescribeUserPool', { UserPoolId });
    const { LambdaConfig } = UserPool as UserPoolType;
    const LambdaArn = LambdaConfig?.PreTokenGenerationConfig?.LambdaArn;
    await pool.call('UpdateUserPool', {
      UserPoolId,
      LambdaConfig: { PreTokenGenerationConfig: { LambdaArn, LambdaVersion: 'V2_0' } },
    });
    await oidc.clientCredentialsGrant(config);
    expect(sources).toEqual(['TokenGeneration_ClientCredentials']);
  });

  test.each([
    [{}, 'grant_type is missing'],
    [{ grant_type: 'password' }, undefined],
    [{ grant_type: 'client_credentials' }, undefined],
    [{ grant_type: 'authorization_code' }, 'code is missing'],
  ])('%j at the token endpoint is refused', async (fields, reason) => {
    const pool = await usePool();
    const body = new URLSearchParams({ client_id: CLIENT, ...(fields as object) });
    const response = await fetch(`${pool.endpoint}/oauth2/token`, { method: 'POST', body });
    expect(response.status).toBe(400);
    const answer = (await response.json()) as Record<string, string>;
    expect(answer.error).toMatch(/^(invalid_request|unsupported_grant_type|unauthorized_client)$/);
    expect(answer.error_description).toBe(reason);
  });
});

describe('the pages', () => {
  test('make an account, confirm it, and sign in', async () => {
    const pool = await usePool();
    const flow = await beginFlow(pool);
    const visitor = new Visitor(pool.endpoint);
    const email = someEmail();
    const form = await visitor.open(new URL(`/signup${flow.url.search}`, pool.endpoint));
    const weak = await visitor.submit(form, { username: email, password: 'short' });
    expect(weak.html).toContain('Password not long enough');
    const confirm = await visitor.submit(form, { username: email, password: PASSWORD });
    expect(confirm.html).toContain('Confirm your account');
    const wrong = await visitor.submit(confirm, { code: '000000x' });
    expect(wrong.status).toBe(400);
    const done = await visitor.submit(confirm, { code: codeFor(pool, email) });
    expect((await flow.redeem(done)).claims()).toMatchObject({ email, email_verified: true });
    const taken = await visitor.submit(form, { username: email, password: PASSWORD });
    expect(taken.html).toContain('User already exists');
  });

  test('an account that is not confirmed is asked for its code', async () => {
    const pool = await usePool();
    const email = someEmail();
    const input = { ClientId: CLIENT, Username: email, Password: PASSWORD };
    await pool.call('SignUp', input);
    const flow = await beginFlow(pool);
    const [page, visitor] = await signIn(pool, flow, email);
    const done = await visitor.submit(page, { code: codeFor(pool, email) });
    expect((await flow.redeem(done)).claims()?.email).toBe(email);
  });

  test('reset a password', async () => {
    const pool = await usePool();
    const email = await addUser(pool);
    const flow = await beginFlow(pool);
    const visitor = new Visitor(pool.endpoint);
    const form = await visitor.open(new URL(`/forgotPassword${flow.url.search}`, pool.endpoint));
    const unknown = await visitor.submit(form, { username: 'nobody@example.com' });
    const known = await visitor.submit(form, { username: email });
    expect(unknown.html.replaceAll('nobody@example.com', email)).toBe(known.html);
    const password = `${PASSWORD}-new`;
    const login = await visitor.submit(known, { code: codeFor(pool, email), password });
    expect(login.html).toContain('Your password is changed');
    const done = await visitor.submit(login, { password });
    expect((await flow.redeem(done)).claims()?.email).toBe(email);
  });

  test('ask for a second factor, five times', async () => {
    const pool = await usePool();
    const email = await addUser(pool);
    const { accessToken: AccessToken } = await signInByApi(pool, email);
    const { SecretCode } = (await pool.call('AssociateSoftwareToken', { AccessToken })) as {
      SecretCode: string;
    };
    const totp = new TOTP({ secret: Secret.fromBase32(SecretCode) });
    await pool.call('VerifySoftwareToken', { AccessToken, UserCode: totp.generate() });
    const SoftwareTokenMfaSettings = { Enabled: true, PreferredMfa: true };
    await pool.call('SetUserMFAPreference', { AccessToken, SoftwareTokenMfaSettings });
    const flow = await beginFlow(pool);
    const [page, visitor] = await signIn(pool, flow, email);
    expect(page.html).toContain('Enter your second factor');
    expect(visitor.cookies.has('cognito')).toBe(false);
    const wrong = await visitor.submit(page, { code: 'no' });
    expect(wrong.html).toContain('Invalid code received');
    const done = await visitor.submit(page, { code: totp.generate() });
    expect((await flow.redeem(done)).claims()?.email).toBe(email);
    const [again, other] = await signIn(pool, await beginFlow(pool), email);
    for (let attempt = 0; attempt < 5; attempt += 1) await other.submit(again, { code: 'no' });
    const late = await other.submit(again, { code: totp.generate() });
    expect(late.html).toContain('Your sign-in has expired');
  });

  test('take forms without a length, and none that is too large', async () => {
    const pool = await usePool();
    const post = async (body: BodyInit) => {
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      const init = { method: 'POST', headers, body, duplex: 'half' as const };
      const response = await fetch(`${pool.endpoint}/oauth2/token`, init);
      return { status: response.status, body: await response.json() };
    };
    const form = 'grant_type=client_credentials';
    const expected = await post(form);
    expect(expected.status).toBe(400);
    expect(await post(new Blob([form]).stream())).toEqual(expected);
    expect((await post(`${form}&x=${'x'.repeat(300_000)}`)).status).toBe(413);
    expect(pool.warnings).toEqual([]);
  });

  test('ask for a new password after a temporary one', async () => {
    const pool = await usePool();
    const email = someEmail();
    const user = { UserPoolId, Username: email, TemporaryPassword: PASSWORD };
    await pool.aws.send(new AdminCreateUserCommand({ ...user, MessageAction: 'SUPPRESS' }));
    const flow = await beginFlow(pool);
    const [page, visitor] = await signIn(pool, flow, email);
    expect(page.html).toContain('Choose a new password');
    const weak = await visitor.submit(page, { password: 'short' });
    expect(weak.html).toContain('Password not long enough');
    const done = await visitor.submit(page, { password: `${PASSWORD}-new` });
    expect((await flow.redeem(done)).claims()?.email).toBe(email);
    const twice = await visitor.submit(page, { password: `${PASSWORD}-other` });
    expect(twice.html).toContain('Your sign-in has expired');
  });
});
