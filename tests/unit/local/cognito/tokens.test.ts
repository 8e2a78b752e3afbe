/** What is in the tokens, who signed them, and what the trigger may change. */
import {
  AdminAddUserToGroupCommand,
  CreateGroupCommand,
  CreateUserPoolClientCommand,
  GetTokensFromRefreshTokenCommand,
  InitiateAuthCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { CognitoJwtVerifier, JwtVerifier } from 'aws-jwt-verify';
import type { Jwks } from 'aws-jwt-verify/jwk';
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { PreTokenEvent } from '../../../../local/cognito/server.ts';
import {
  addUser,
  CLIENT,
  openPool,
  PASSWORD,
  POOL,
  post,
  REGION,
  signIn,
  type TestPool,
  usePool,
} from './support.ts';

let pool: TestPool;
/** Events the trigger was called with, and what it does with the next. */
const events: PreTokenEvent[] = [];
let trigger: (event: PreTokenEvent) => unknown = (event) => event;

beforeAll(async () => {
  pool = await openPool({
    preToken: async (event) => {
      events.push(structuredClone(event));
      return trigger(event);
    },
  });
});
beforeEach(() => {
  events.length = 0;
  trigger = (event) => event;
});
afterAll(() => pool.close());

const answering = (details: object) => (event: PreTokenEvent) => ({
  ...event,
  response: { claimsAndScopeOverrideDetails: details },
});

const refresh = async (token: string) => {
  const { AuthenticationResult: result } = await pool.aws.send(
    new GetTokensFromRefreshTokenCommand({ ClientId: CLIENT, RefreshToken: token }),
  );
  return { access: decodeJwt(result?.AccessToken ?? ''), id: decodeJwt(result?.IdToken ?? '') };
};

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

describe('claims', () => {
  test('an access token has the claims of a real one, and no others', async () => {
    const { access } = await signIn(pool, await addUser(pool));
    expect(access).toEqual({
      sub: expect.stringMatching(UUID),
      iss: pool.issuer,
      client_id: CLIENT,
      origin_jti: expect.stringMatching(UUID),
      event_id: expect.stringMatching(UUID),
      token_use: 'access',
      scope: 'aws.cognito.signin.user.admin',
      auth_time: access.iat,
      exp: (access.iat ?? 0) + 3600,
      iat: expect.closeTo(Date.now() / 1000, -1),
      jti: expect.stringMatching(UUID),
      username: access.sub,
    });
  });

  test('an ID token describes the person', async () => {
    const email = await addUser(pool);
    const { access, id } = await signIn(pool, email);
    expect(id).toEqual({
      sub: access.sub,
      email,
      email_verified: true,
      iss: pool.issuer,
      'cognito:username': access.sub,
      origin_jti: access.origin_jti,
      aud: CLIENT,
      event_id: access.event_id,
      token_use: 'id',
      auth_time: access.auth_time,
      exp: access.exp,
      iat: access.iat,
      jti: expect.stringMatching(UUID),
    });
    expect(id.jti).not.toBe(access.jti);
  });

  test('an email that is not verified is false, as a boolean', async () => {
    const email = await addUser(pool);
    const UserAttributes = [
      { Name: 'email_verified', Value: 'false' },
      { Name: 'name', Value: 'Ann' },
    ];
    await pool.call('AdminUpdateUserAttributes', {
      UserPoolId: POOL,
      Username: email,
      UserAttributes,
    });
    const { id } = await signIn(pool, email);
    expect(id).toMatchObject({ email_verified: false, name: 'Ann' });
  });

  test('groups stand in both tokens, the strongest first', async () => {
    const email = await addUser(pool);
    for (const [GroupName, Precedence] of [
      ['readers', 20],
      ['editors', 10],
    ] as const) {
      await pool.aws.send(new CreateGroupCommand({ UserPoolId: POOL, GroupName, Precedence }));
      await pool.aws.send(
        new AdminAddUserToGroupCommand({ UserPoolId: POOL, Username: email, GroupName }),
      );
    }
    const { access, id } = await signIn(pool, email);
    expect(access['cognito:groups']).toEqual(['editors', 'readers']);
    expect(id['cognito:groups']).toEqual(['editors', 'readers']);
    expect(events[0]?.request.groupConfiguration.groupsToOverride).toEqual(['editors', 'readers']);
  });

  test('a refresh keeps the session and its time, and makes new tokens', async () => {
    const before = await signIn(pool, await addUser(pool));
    const after = await refresh(before.refreshToken);
    for (const kind of ['access', 'id'] as const) {
      expect(after[kind].origin_jti).toBe(before.access.origin_jti);
      expect(after[kind].auth_time).toBe(before.access.auth_time);
      expect(after[kind].jti).not.toBe(before[kind].jti);
    }
  });

  test("a client's own settings say how long tokens live", async () => {
    const { UserPoolClient: client } = await pool.aws.send(
      new CreateUserPoolClientCommand({
        UserPoolId: POOL,
        ClientName: 'short',
        AccessTokenValidity: 5,
        IdTokenValidity: 2,
        TokenValidityUnits: { AccessToken: 'minutes' },
        ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'],
      }),
    );
    const { AuthenticationResult: result } = await pool.aws.send(
      new InitiateAuthCommand({
        ClientId: client?.ClientId,
        AuthFlow: 'USER_PASSWORD_AUTH',
        AuthParameters: { USERNAME: await addUser(pool), PASSWORD },
      }),
    );
    expect(result?.ExpiresIn).toBe(300);
    const [access, id] = [decodeJwt(result?.AccessToken ?? ''), decodeJwt(result?.IdToken ?? '')];
    expect((access.exp ?? 0) - (access.iat ?? 0)).toBe(300);
    expect((id.exp ?? 0) - (id.iat ?? 0)).toBe(7200);
    expect(access.client_id).toBe(client?.ClientId);
    expect(id.aud).toBe(client?.ClientId);
  });
});

describe('keys', () => {
  test('both tokens verify against the JWKS, each with a key of its own', async () => {
    const { accessToken, idToken } = await signIn(pool, await addUser(pool));
    const [a, b] = [decodeProtectedHeader(accessToken), decodeProtectedHeader(idToken)];
    expect(a).toEqual({ kid: expect.any(String), alg: 'RS256' });
    expect(a.kid).not.toBe(b.kid);
    const jwks = createRemoteJWKSet(new URL(pool.jwksUri));
    const options = { issuer: pool.issuer, algorithms: ['RS256'] };
    await expect(jwtVerify(accessToken, jwks, options)).resolves.toBeDefined();
    await expect(jwtVerify(idToken, jwks, options)).resolves.toBeDefined();
  });

  test("AWS's own verifier takes both tokens, and refuses them from another issuer", async () => {
    const { accessToken, idToken } = await signIn(pool, await addUser(pool));
    const jwks = (await (await fetch(pool.jwksUri)).json()) as Jwks;
    const { issuer, jwksUri } = pool;
    const verifier = JwtVerifier.create([{ issuer, jwksUri, audience: CLIENT }]);
    verifier.cacheJwks(jwks, issuer);
    // An access token of Cognito has `client_id` in place of an audience.
    const forAccess = JwtVerifier.create([
      {
        ...{ issuer, jwksUri, audience: null },
        customJwtCheck: ({ payload }) => {
          if (payload.client_id !== CLIENT || payload.token_use !== 'access')
            throw new Error('not for this client');
        },
      },
    ]);
    forAccess.cacheJwks(jwks, issuer);
    expect(verifier.verifySync(idToken)).toMatchObject({ token_use: 'id' });
    expect(forAccess.verifySync(accessToken)).toMatchObject({ client_id: CLIENT });
    expect(() => forAccess.verifySync(idToken)).toThrow();
    const other = JwtVerifier.create([{ issuer: 'https://example.com', jwksUri, audience: null }]);
    other.cacheJwks(jwks, 'https://example.com');
    expect(() => other.verifySync(accessToken)).toThrow();
    // Its verifier for Cognito knows pools in regions of AWS only.
    expect(() =>
      CognitoJwtVerifier.create({
        userPoolId: POOL,
        tokenUse: 'access',
        clientId: CLIENT,
      }).verifySync(accessToken),
    ).toThrow();
  });

  test('the JWKS shows public keys only, and discovery leads to it', async () => {
    const discovery = (await (
      await fetch(`${pool.issuer}/.well-known/openid-configuration`)
    ).json()) as Record<string, string>;
    expect(discovery).toMatchObject({ issuer: pool.issuer, jwks_uri: pool.jwksUri });
    const { keys } = (await (await fetch(discovery.jwks_uri ?? '')).json()) as { keys: object[] };
    expect(keys).toHaveLength(2);
    for (const key of keys)
      expect(key).toEqual({
        alg: 'RS256',
        e: 'AQAB',
        kid: expect.any(String),
        kty: 'RSA',
        n: expect.any(String),
        use: 'sig',
      });
  });

  test('after a rotation new keys sign, and old tokens still count', async () => {
    const own = await usePool();
    const email = await addUser(own);
    const old = await signIn(own, email);
    await Promise.all([own.rotateKeys(), own.rotateKeys()]);
    const fresh = await signIn(own, email);
    const kid = (token: string) => decodeProtectedHeader(token).kid;
    expect(kid(fresh.accessToken)).not.toBe(kid(old.accessToken));
    const jwks = createRemoteJWKSet(new URL(own.jwksUri));
    for (const token of [old.accessToken, old.idToken, fresh.accessToken, fresh.idToken])
      await expect(jwtVerify(token, jwks, { issuer: own.issuer })).resolves.toBeDefined();
    expect((await post(own, 'GetUser', { AccessToken: old.accessToken })).status).toBe(200);
  });
});

describe('the trigger', () => {
  test('is called with a version 3 event', async () => {
    const email = await addUser(pool);
    const { access } = await signIn(pool, email);
    expect(events).toEqual([
      {
        version: '3',
        triggerSource: 'TokenGeneration_Authentication',
        region: REGION,
        userPoolId: POOL,
        userName: access.sub,
        callerContext: { awsSdkVersion: expect.any(String), clientId: CLIENT },
        request: {
          userAttributes: {
            sub: access.sub,
            'cognito:user_status': 'CONFIRMED',
            email,
            email_verified: 'true',
          },
          groupConfiguration: {
            groupsToOverride: [],
            iamRolesToOverride: [],
            preferredRole: null,
          },
          scopes: ['aws.cognito.signin.user.admin'],
        },
        response: { claimsAndScopeOverrideDetails: null },
      },
    ]);
  });

  test('gets the trigger source, and the client metadata where Cognito sends it', async () => {
    const email = await addUser(pool);
    const { refreshToken } = await signIn(pool, email);
    const ClientMetadata = { tenant: 'a' };
    await pool.aws.send(
      new GetTokensFromRefreshTokenCommand({
        ClientId: CLIENT,
        RefreshToken: refreshToken,
        ClientMetadata,
      }),
    );
    await pool.aws.send(
      new InitiateAuthCommand({
        ClientId: CLIENT,
        AuthFlow: 'REFRESH_TOKEN_AUTH',
        AuthParameters: { REFRESH_TOKEN: refreshToken },
        ClientMetadata,
      }),
    );
    expect(events.map((event) => [event.triggerSource, event.request.clientMetadata])).toEqual([
      ['TokenGeneration_Authentication', undefined],
      ['TokenGeneration_RefreshTokens', ClientMetadata],
      ['TokenGeneration_RefreshTokens', undefined],
    ]);
  });

  test('is, by default, the one that is deployed: the role is authenticated', async () => {
    const own = await usePool();
    const { access, id } = await signIn(own, await addUser(own));
    expect(access.role).toBe('authenticated');
    expect(id.role).toBe('authenticated');
  });

  test('adds, overrides and suppresses claims of each token', async () => {
    trigger = answering({
      accessTokenGeneration: {
        claimsToAddOrOverride: { role: 'authenticated', tenants: ['a', 1, { b: true }] },
        scopesToAdd: ['notes/read', 'notes/read'],
      },
      idTokenGeneration: {
        claimsToAddOrOverride: { role: 'authenticated', email: 'shown@example.com' },
        claimsToSuppress: ['email_verified'],
      },
    });
    const { access, id } = await signIn(pool, await addUser(pool));
    expect(access).toMatchObject({ role: 'authenticated', tenants: ['a', 1, { b: true }] });
    expect(access.scope).toBe('aws.cognito.signin.user.admin notes/read');
    expect(id).toMatchObject({ role: 'authenticated', email: 'shown@example.com' });
    expect(id).not.toHaveProperty('email_verified');
  });

  test('cannot touch the reserved claims', async () => {
    const names =
      'acr amr at_hash aud auth_time azp client_id device_key event_id exp iat identities iss jti nbf nonce origin_jti scope sub token_use username version cognito:username cognito:groups cognito:roles cognito:anything dev:anything'.split(
        ' ',
      );
    const email = await addUser(pool);
    const plain = await signIn(pool, email);
    const forged = Object.fromEntries(names.map((name) => [name, 'forged']));
    const change = { claimsToAddOrOverride: forged, claimsToSuppress: names };
    for (const details of [
      { accessTokenGeneration: { claimsToAddOrOverride: forged } },
      { idTokenGeneration: { claimsToAddOrOverride: forged } },
      { accessTokenGeneration: change, idTokenGeneration: change },
    ]) {
      trigger = answering(details);
      const { access, id } = await signIn(pool, email);
      expect(Object.keys(access).sort()).toEqual(Object.keys(plain.access).sort());
      expect(Object.keys(id).sort()).toEqual(Object.keys(plain.id).sort());
      expect(Object.values({ ...access, ...id })).not.toContain('forged');
    }
  });

  test('may give an access token an audience, if it is its own client', async () => {
    const email = await addUser(pool);
    trigger = answering({ accessTokenGeneration: { claimsToAddOrOverride: { aud: CLIENT } } });
    expect((await signIn(pool, email)).access.aud).toBe(CLIENT);
    trigger = answering({ accessTokenGeneration: { claimsToAddOrOverride: { aud: 'other' } } });
    expect((await signIn(pool, email)).access).not.toHaveProperty('aud');
  });

  test('replaces the groups, or with nothing takes them away', async () => {
    const email = await addUser(pool);
    const group = { UserPoolId: POOL, GroupName: 'replaced' };
    await pool.call('CreateGroup', group);
    await pool.call('AdminAddUserToGroup', { ...group, Username: email });
    trigger = answering({});
    expect((await signIn(pool, email)).access['cognito:groups']).toEqual(['replaced']);
    trigger = answering({
      groupOverrideDetails: {
        groupsToOverride: ['x', 'y'],
        iamRolesToOverride: ['arn:1'],
        preferredRole: 'arn:1',
      },
    });
    const { access, id } = await signIn(pool, email);
    expect(access['cognito:groups']).toEqual(['x', 'y']);
    expect(id).toMatchObject({
      'cognito:groups': ['x', 'y'],
      'cognito:roles': ['arn:1'],
      'cognito:preferred_role': 'arn:1',
    });
    trigger = answering({ groupOverrideDetails: null });
    expect((await signIn(pool, email)).access).not.toHaveProperty('cognito:groups');
  });

  test('can remove the scope, and the access that it gives', async () => {
    trigger = answering({
      accessTokenGeneration: { scopesToSuppress: ['aws.cognito.signin.user.admin'] },
    });
    const { access, accessToken } = await signIn(pool, await addUser(pool));
    expect(access).not.toHaveProperty('scope');
    const refused = await post(pool, 'GetUser', { AccessToken: accessToken });
    expect(await refused.json()).toMatchObject({
      __type: 'NotAuthorizedException',
      message: 'Access Token does not have required scopes',
    });
  });

  test('refuses the sign-in, and the refresh, by throwing', async () => {
    const email = await addUser(pool);
    const { refreshToken } = await signIn(pool, email);
    trigger = () => {
      throw new Error('not today');
    };
    const refusal = {
      name: 'UserLambdaValidationException',
      message: 'PreTokenGeneration failed with error not today.',
    };
    await expect(signIn(pool, email)).rejects.toMatchObject(refusal);
    await expect(refresh(refreshToken)).rejects.toMatchObject(refusal);
  });

  test.each([
    ['nothing', undefined],
    ['null', null],
    ['a string', 'ok'],
    ['no response', { version: '3' }],
    ['a response that is a list', { response: [] }],
    ['claims that are a list', { accessTokenGeneration: { claimsToAddOrOverride: ['role'] } }],
    ['a suppression that is a string', { idTokenGeneration: { claimsToSuppress: 'email' } }],
    ['a scope with a space', { accessTokenGeneration: { scopesToAdd: ['a b'] } }],
    ['groups that are numbers', { groupOverrideDetails: { groupsToOverride: [1] } }],
    ['a preferred role that is a number', { groupOverrideDetails: { preferredRole: 1 } }],
  ])('refuses the sign-in by answering with %s', async (_, answer) => {
    const email = await addUser(pool);
    const isDetails =
      answer && typeof answer === 'object' && Object.keys(answer)[0]?.match(/ion$|ils$/);
    trigger = isDetails && !('version' in answer) ? answering(answer) : () => answer;
    await expect(signIn(pool, email)).rejects.toMatchObject({
      name: 'InvalidLambdaResponseException',
      message: 'Unrecognizable lambda output',
    });
  });
});
