/** The implicit grant: tokens in the fragment of the redirect URI, for clients that still use it. */
import {
  CreateUserPoolClientCommand,
  GetUserCommand,
  RevokeTokenCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { decodeJwt } from 'jose';
import { expect, test } from 'vitest';
import { addUser, CLIENT, ORIGIN, PASSWORD, POOL, usePool } from './support.ts';
import { Visitor } from './visitor.ts';

const redirect_uri = `${ORIGIN}/`;
const queryOf = (client_id: string, more: Record<string, string> = {}) =>
  new URLSearchParams({
    ...{ client_id, redirect_uri, response_type: 'token' },
    ...{ scope: 'openid email aws.cognito.signin.user.admin', state: 's' },
    ...more,
  });

test('gives an access and an ID token, and no refresh token', async () => {
  const pool = await usePool();
  const email = await addUser(pool);
  const { UserPoolClient } = await pool.aws.send(
    new CreateUserPoolClientCommand({
      ...{ UserPoolId: POOL, ClientName: 'old' },
      AllowedOAuthFlowsUserPoolClient: true,
      AllowedOAuthFlows: ['implicit'],
      AllowedOAuthScopes: ['openid', 'email', 'aws.cognito.signin.user.admin'],
      CallbackURLs: [redirect_uri],
    }),
  );
  const ClientId = UserPoolClient?.ClientId ?? '';
  const visitor = new Visitor(pool.endpoint);
  const form = await visitor.open(`/oauth2/authorize?${queryOf(ClientId, { nonce: 'n' })}`);
  const { location } = await visitor.submit(form, { username: email, password: PASSWORD });
  expect(location?.search).toBe('');
  const answer = new URLSearchParams(location?.hash.slice(1));
  expect([...answer.keys()]).toEqual([
    'id_token',
    'access_token',
    'expires_in',
    'token_type',
    'state',
  ]);
  const AccessToken = answer.get('access_token') ?? '';
  expect(decodeJwt(AccessToken)).toMatchObject({ client_id: ClientId, token_use: 'access' });
  expect(decodeJwt(answer.get('id_token') ?? '')).toMatchObject({
    email,
    nonce: 'n',
    aud: ClientId,
  });
  const user = new GetUserCommand({ AccessToken });
  expect((await pool.aws.send(user)).UserAttributes).toContainEqual({
    Name: 'email',
    Value: email,
  });
  // It ends like any other session.
  await pool.call('AdminUserGlobalSignOut', { UserPoolId: POOL, Username: email });
  await expect(pool.aws.send(user)).rejects.toMatchObject({ name: 'NotAuthorizedException' });
  await expect(
    pool.aws.send(new RevokeTokenCommand({ ClientId, Token: AccessToken })),
  ).rejects.toMatchObject({ name: 'UnsupportedTokenTypeException' });
});

test('is refused, in the fragment too, where the client has the code grant only', async () => {
  const pool = await usePool();
  const { location } = await new Visitor(pool.endpoint).open(
    `/oauth2/authorize?${queryOf(CLIENT)}`,
  );
  const answer = new URLSearchParams(location?.hash.slice(1));
  expect(Object.fromEntries(answer)).toMatchObject({ error: 'unauthorized_client', state: 's' });
});
