/**
 * Cases of the OpenID conformance suite (plans Basic OP and Config OP) that fit what Cognito does. Each test has the
 * name of the suite's module. docs/user-pool-emulator.md lists them, and those that do not fit.
 */
import { readFile } from 'node:fs/promises';
import {
  AdminUpdateUserAttributesCommand,
  CreateUserPoolClientCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import * as oidc from 'openid-client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { beginFlow, CALLBACK, configure, SCOPE, signIn } from './flow.ts';
import { addUser, CLIENT, openPool, POOL, type TestPool } from './support.ts';
import { Visitor } from './visitor.ts';

let pool: TestPool;
let email: string;

beforeAll(async () => {
  pool = await openPool();
  email = await addUser(pool);
  const UserAttributes = [
    { Name: 'given_name', Value: 'Ann' },
    { Name: 'phone_number', Value: '+306900000000' },
    { Name: 'address', Value: '{"formatted": "Athens"}' },
  ];
  const user = { UserPoolId: POOL, Username: email, UserAttributes };
  await pool.aws.send(new AdminUpdateUserAttributesCommand(user));
});
afterAll(() => pool.close());

/** The whole sign-in. openid-client checks issuer, audience, signature, times, nonce, state and at_hash. */
async function complete(parameters: Record<string, string> = {}) {
  const flow = await beginFlow(pool, parameters);
  const [page, visitor] = await signIn(pool, flow, email);
  return { flow, page, visitor, tokens: await flow.redeem(page) };
}

const errorOf = async (
  parameters: Record<string, string>,
  visitor = new Visitor(pool.endpoint),
) => {
  const { location } = await visitor.open((await beginFlow(pool, parameters)).url);
  return location?.searchParams.get('error');
};

/** Tests by the names of the suite's modules. */
const MODULES: Readonly<Record<string, () => Promise<void>>> = {
  'oidcc-discovery-endpoint-verification': async () => {
    const config = await configure(pool);
    const metadata = config.serverMetadata();
    expect(metadata.issuer).toBe(pool.issuer);
    for (const name of [
      'authorization_endpoint',
      'token_endpoint',
      'userinfo_endpoint',
      'jwks_uri',
    ] as const)
      expect(URL.canParse(metadata[name] ?? '')).toBe(true);
    expect(metadata.subject_types_supported).toEqual(['public']);
    expect(metadata.id_token_signing_alg_values_supported).toEqual(['RS256']);
    expect(metadata.scopes_supported).toContain('openid');
    expect(metadata.response_types_supported).toContain('code');
  },

  'oidcc-server': async () => {
    const { tokens } = await complete();
    expect(tokens.claims()?.sub).toMatch(/^[\da-f-]{36}$/);
  },

  'oidcc-idtoken-signature': async () => {
    const { tokens } = await complete();
    const keys = createRemoteJWKSet(new URL(pool.jwksUri));
    const { protectedHeader } = await jwtVerify(tokens.id_token ?? '', keys, {
      ...{ issuer: pool.issuer, audience: CLIENT },
    });
    expect(protectedHeader).toMatchObject({ alg: 'RS256', kid: expect.any(String) });
    // As on AWS, the two kinds of token have different keys.
    expect(decodeProtectedHeader(tokens.access_token).kid).not.toBe(protectedHeader.kid);
  },

  'oidcc-response-type-missing': async () => {
    expect(await errorOf({ response_type: '' })).toBe('unsupported_response_type');
  },

  'oidcc-userinfo-get': async () => {
    const { flow, tokens } = await complete();
    const { sub = '' } = tokens.claims() ?? {};
    expect(await oidc.fetchUserInfo(flow.config, tokens.access_token, sub)).toMatchObject({
      email,
    });
  },

  'oidcc-userinfo-post-header': async () => {
    const { tokens } = await complete();
    const response = await fetch(`${pool.endpoint}/oauth2/userInfo`, {
      method: 'POST',
      headers: { authorization: `Bearer ${tokens.access_token}` },
    });
    expect(await response.json()).toMatchObject({ email });
  },

  'oidcc-ensure-request-without-nonce-succeeds-for-code-flow': async () => {
    const config = await configure(pool);
    const pkceCodeVerifier = oidc.randomPKCECodeVerifier();
    const url = oidc.buildAuthorizationUrl(config, {
      ...{ redirect_uri: CALLBACK, scope: 'openid', code_challenge_method: 'S256' },
      code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
    });
    const redeem = ({ location }: { readonly location: URL | undefined }) =>
      oidc.authorizationCodeGrant(config, location as URL, { pkceCodeVerifier });
    const [page] = await signIn(pool, { config, url, redeem }, email);
    expect((await redeem(page)).claims()).not.toHaveProperty('nonce');
  },

  'oidcc-scope-profile': async () => {
    const claims = (await complete({ scope: 'openid profile' })).tokens.claims();
    expect(claims).toMatchObject({ given_name: 'Ann' });
    expect(claims).not.toHaveProperty('email');
  },

  'oidcc-scope-email': async () => {
    const claims = (await complete({ scope: 'openid email' })).tokens.claims();
    expect(claims).toMatchObject({ email, email_verified: true });
    expect(claims).not.toHaveProperty('given_name');
  },

  'oidcc-scope-phone': async () => {
    const { UserPoolClient } = await pool.aws.send(
      new CreateUserPoolClientCommand({
        ...{ UserPoolId: POOL, ClientName: 'phone' },
        AllowedOAuthFlowsUserPoolClient: true,
        AllowedOAuthFlows: ['code'],
        AllowedOAuthScopes: ['openid', 'phone'],
        CallbackURLs: [CALLBACK],
      }),
    );
    const config = await configure(pool, UserPoolClient?.ClientId);
    const flow = await beginFlow(pool, { scope: 'openid phone' }, config);
    const [page] = await signIn(pool, flow, email);
    const claims = (await flow.redeem(page)).claims();
    expect(claims).toMatchObject({ phone_number: '+306900000000' });
    expect(claims).not.toHaveProperty('email');
  },

  'oidcc-scope-all': async () => {
    const claims = (await complete({ scope: SCOPE })).tokens.claims();
    expect(claims).toMatchObject({ email, given_name: 'Ann' });
  },

  'oidcc-ensure-other-scope-order-succeeds': async () => {
    const { tokens } = await complete({ scope: 'email openid' });
    expect(tokens.claims()).toMatchObject({ email });
  },

  'oidcc-prompt-login': async () => {
    const { visitor } = await complete();
    const page = await visitor.open((await beginFlow(pool, { prompt: 'login' })).url);
    expect(page.html).toContain('Sign in');
  },

  'oidcc-prompt-none-not-logged-in': async () => {
    expect(await errorOf({ prompt: 'none' })).toBe('login_required');
  },

  'oidcc-prompt-none-logged-in': async () => {
    const first = await complete();
    const flow = await beginFlow(pool, { prompt: 'none' });
    const tokens = await flow.redeem(await first.visitor.open(flow.url));
    expect(tokens.claims()).toMatchObject({
      sub: first.tokens.claims()?.sub,
      auth_time: first.tokens.claims()?.auth_time,
    });
  },

  'oidcc-ensure-request-with-unknown-parameter-succeeds': async () => {
    const { tokens } = await complete({ extra: 'foobar' });
    expect(tokens.claims()).toMatchObject({ email });
  },

  'oidcc-login-hint': async () => {
    const flow = await beginFlow(pool, { login_hint: 'ann@example.com' });
    const page = await new Visitor(pool.endpoint).open(flow.url);
    expect(page.html).toContain('value="ann@example.com"');
  },

  'oidcc-ui-locales': async () => {
    const { tokens } = await complete({ ui_locales: 'se' });
    expect(tokens.claims()).toMatchObject({ email });
  },

  'oidcc-claims-locales': async () => {
    const { tokens } = await complete({ claims_locales: 'se' });
    expect(tokens.claims()).toMatchObject({ email });
  },

  'oidcc-ensure-request-with-acr-values-succeeds': async () => {
    const { tokens } = await complete({ acr_values: '1 2' });
    expect(tokens.claims()).toMatchObject({ email });
  },

  'oidcc-codereuse': async () => {
    const { flow, page, tokens } = await complete();
    await expect(flow.redeem(page)).rejects.toMatchObject({ error: 'invalid_grant' });
    // The tokens of the first use are revoked.
    const { sub = '' } = tokens.claims() ?? {};
    await expect(oidc.fetchUserInfo(flow.config, tokens.access_token, sub)).rejects.toThrow();
  },

  'oidcc-ensure-registered-redirect-uri': async () => {
    const flow = await beginFlow(pool, { redirect_uri: `${CALLBACK}other` });
    const page = await new Visitor(pool.endpoint).open(flow.url);
    expect(page.status).toBe(400);
    expect(page.location).toBeUndefined();
    expect(page.html).toContain('redirect_mismatch');
  },

  'oidcc-redirect-uri-query-added': async () => {
    const flow = await beginFlow(pool, { redirect_uri: `${CALLBACK}?foo=bar` });
    expect((await new Visitor(pool.endpoint).open(flow.url)).status).toBe(400);
  },

  'oidcc-server-client-secret-post': async () => {
    const { UserPoolClient: client } = await pool.aws.send(
      new CreateUserPoolClientCommand({
        ...{ UserPoolId: POOL, ClientName: 'server', GenerateSecret: true },
        AllowedOAuthFlowsUserPoolClient: true,
        AllowedOAuthFlows: ['code'],
        AllowedOAuthScopes: ['openid', 'email'],
        CallbackURLs: [CALLBACK],
      }),
    );
    for (const method of [oidc.ClientSecretPost, oidc.ClientSecretBasic]) {
      const config = await oidc.discovery(
        new URL(pool.issuer),
        client?.ClientId ?? '',
        {},
        method(client?.ClientSecret ?? ''),
        { execute: [oidc.allowInsecureRequests] },
      );
      const flow = await beginFlow(pool, { scope: 'openid email' }, config);
      const [page] = await signIn(pool, flow, email);
      expect((await flow.redeem(page)).claims()).toMatchObject({ email });
    }
  },

  'oidcc-refresh-token': async () => {
    const { flow, tokens } = await complete();
    const again = await oidc.refreshTokenGrant(flow.config, tokens.refresh_token ?? '');
    expect(again.claims()).toMatchObject({
      sub: tokens.claims()?.sub,
      auth_time: tokens.claims()?.auth_time,
    });
    expect(again.id_token).not.toBe(tokens.id_token);
    const other = await configure(pool, await otherClient());
    await expect(oidc.refreshTokenGrant(other, tokens.refresh_token ?? '')).rejects.toMatchObject({
      error: 'invalid_grant',
    });
  },

  'oidcc-ensure-request-with-valid-pkce-succeeds': async () => {
    const { flow, page } = await complete();
    expect(flow.url.searchParams.get('code_challenge_method')).toBe('S256');
    expect(page.location?.searchParams.get('code')).toBeTruthy();
  },
};

const otherClient = async () =>
  (await pool.aws.send(new CreateUserPoolClientCommand({ UserPoolId: POOL, ClientName: 'other' })))
    .UserPoolClient?.ClientId;

test.each(Object.entries(MODULES))('%s', (_, run) => run());

test('the docs list these modules', async () => {
  const docs = await readFile('docs/user-pool-emulator.md', 'utf8');
  const section = docs.split('### OpenID conformance')[1]?.split('\n## ')[0] ?? '';
  const [fit = ''] = section.split('Not tested');
  const listed = [...fit.matchAll(/`(oidcc-[\w-]+)`/g)].map(([, name]) => name);
  expect(listed.sort()).toEqual(Object.keys(MODULES).sort());
});
