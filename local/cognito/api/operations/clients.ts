/** App clients and resource servers. */
import type { ResourceServerScopeType } from '@aws-sdk/client-cognito-identity-provider';
import { awsError, invalidParameter, notFound } from '../../core/errors.ts';
import type { Pool } from '../../core/pool/pool.ts';
import {
  CLIENT_SETTINGS,
  clientDefaults,
  makeClientId,
  makeClientSecret,
} from '../../core/pool/pool-settings.ts';
import { rotates } from '../../core/tokens/refresh.ts';
import { COGNITO, providersOf } from '../../core/users/identity-providers.ts';
import type { ClientRecord, ResourceServerRecord } from '../../store/records.ts';
import type { Input } from '../input.ts';
import { clientOf, type Operations } from '../operation.ts';
import { pageOf } from '../pages.ts';
import { clientResponse } from '../responses.ts';

const SHORT = { limit: 'MaxResults', most: 60 } as const;

export const clients: Operations = {
  CreateUserPoolClient: (pool, { input }) => {
    const now = new Date();
    const secret = input.flag('GenerateSecret') ? { ClientSecret: makeClientSecret() } : {};
    const client: ClientRecord = {
      ...clientDefaults(),
      ...secret,
      ClientId: makeClientId(),
      ClientName: input.text('ClientName'),
      UserPoolId: pool.id,
      CreationDate: now,
      LastModifiedDate: now,
    };
    return { UserPoolClient: clientResponse(save(pool, client, input)) };
  },

  DescribeUserPoolClient: (pool, { input }) => ({
    UserPoolClient: clientResponse(clientOf(pool, input)),
  }),

  /** As on AWS, a setting that is left out is reset. */
  UpdateUserPoolClient: (pool, { input }) => {
    const before = clientOf(pool, input);
    const { ClientId, ClientSecret, secrets, UserPoolId, CreationDate } = before;
    const client: ClientRecord = {
      ...clientDefaults(),
      ClientId,
      UserPoolId,
      CreationDate,
      ...(ClientSecret !== undefined && { ClientSecret }),
      ...(secrets !== undefined && { secrets }),
      ClientName: input.maybe('ClientName') ?? before.ClientName,
      LastModifiedDate: new Date(),
    };
    return { UserPoolClient: clientResponse(save(pool, client, input)) };
  },

  DeleteUserPoolClient: (pool, { input }) => {
    pool.store.clients.delete(clientOf(pool, input).ClientId);
    return {};
  },

  ListUserPoolClients: (pool, { input }) => {
    const { page, next } = pageOf(pool.store.clients.all(), input, SHORT);
    return {
      UserPoolClients: page.map(({ ClientId, ClientName, UserPoolId }) => ({
        ClientId,
        ClientName,
        UserPoolId,
      })),
      ...next,
    };
  },

  CreateResourceServer: (pool, { input }) => {
    const identifier = input.text('Identifier');
    if (pool.store.resourceServers.get(identifier) !== undefined)
      throw invalidParameter(`${identifier} already exists in user pool ${pool.id}.`);
    return { ResourceServer: saveServer(pool, identifier, input) };
  },

  DescribeResourceServer: (pool, { input }) => ({
    ResourceServer: serverOf(pool, input.text('Identifier')),
  }),

  UpdateResourceServer: (pool, { input }) => {
    const { Identifier } = serverOf(pool, input.text('Identifier'));
    return { ResourceServer: saveServer(pool, Identifier, input) };
  },

  DeleteResourceServer: (pool, { input }) => {
    pool.store.resourceServers.delete(serverOf(pool, input.text('Identifier')).Identifier);
    return {};
  },

  ListResourceServers: (pool, { input }) => {
    const { page, next } = pageOf(pool.store.resourceServers.all(), input, {
      limit: 'MaxResults',
      most: 50,
    });
    return { ResourceServers: page, ...next };
  },
};

/** The scopes of OpenID Connect, and the one that opens the API to the person. */
const STANDARD_SCOPES = ['openid', 'email', 'phone', 'profile', 'aws.cognito.signin.user.admin'];

function save(pool: Pool, client: ClientRecord, input: Input): ClientRecord {
  const units = { ...client.TokenValidityUnits, ...input.strings('TokenValidityUnits') };
  const changed = { ...client, ...input.pick(...CLIENT_SETTINGS), TokenValidityUnits: units };
  checkScopes(pool, changed.AllowedOAuthScopes ?? []);
  checkOAuth(changed);
  for (const name of providersOf(changed))
    if (name !== COGNITO && pool.store.identityProviders.get(name) === undefined)
      throw invalidParameter(`The provider ${name} does not exist for User Pool ${pool.id}`);
  if (rotates(changed) && changed.ExplicitAuthFlows?.includes('ALLOW_REFRESH_TOKEN_AUTH'))
    throw invalidParameter(
      'Refresh token rotation cannot be enabled while ALLOW_REFRESH_TOKEN_AUTH is enabled.',
    );
  pool.store.clients.save(changed.ClientId, changed);
  return changed;
}

/** What AWS refuses of a client's OAuth settings. */
function checkOAuth(client: ClientRecord): void {
  const { CallbackURLs = [], LogoutURLs = [], DefaultRedirectURI, ClientSecret } = client;
  for (const url of [...CallbackURLs, ...LogoutURLs])
    if (!isRedirectUri(url)) throw invalidParameter(`${url} is not a valid redirect URI.`);
  if (DefaultRedirectURI !== undefined && !CallbackURLs.includes(DefaultRedirectURI))
    throw invalidParameter('DefaultRedirectURI must be one of CallbackURLs.');
  const flows: readonly string[] = client.AllowedOAuthFlows ?? [];
  if (!flows.includes('client_credentials')) return;
  if (flows.length > 1 || !ClientSecret)
    throw awsError(
      'InvalidOAuthFlowException',
      'client_credentials flow can not be selected along with code flow or implicit flow, and needs a client secret.',
    );
  // A machine is not a person, so it gets no scope that opens a person's data.
  const personal = client.AllowedOAuthScopes?.find((scope) => STANDARD_SCOPES.includes(scope));
  if (personal !== undefined)
    throw awsError(
      'InvalidOAuthFlowException',
      `${personal} is not allowed with the client_credentials flow.`,
    );
}

/**
 * HTTPS, HTTP on this machine, or the scheme of an app. Source: Cognito developer guide, "Application-specific
 * settings with app clients".
 */
function isRedirectUri(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || text.includes('#') || /[\s\p{Cc}]/u.test(text)) return false;
  if (url.protocol === 'http:') return ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  return !['javascript:', 'data:', 'vbscript:', 'file:', 'blob:'].includes(url.protocol);
}

/** @throws CognitoError `ScopeDoesNotExistException` */
function checkScopes({ store }: Pool, scopes: readonly string[]): void {
  const known = new Set([
    ...STANDARD_SCOPES,
    ...store.resourceServers
      .all()
      .flatMap(({ Identifier, Scopes = [] }) =>
        Scopes.map(({ ScopeName }) => `${Identifier}/${ScopeName}`),
      ),
  ]);
  const unknown = scopes.filter((scope) => !known.has(scope));
  if (unknown.length > 0)
    throw awsError('ScopeDoesNotExistException', `Invalid scope requested: ${unknown.join(' ')}`);
}

function serverOf({ store }: Pool, identifier: string): ResourceServerRecord {
  const server = store.resourceServers.get(identifier);
  if (server === undefined) throw notFound(`Resource server ${identifier} does not exist.`);
  return server;
}

function saveServer(pool: Pool, Identifier: string, input: Input): ResourceServerRecord {
  const server: ResourceServerRecord = {
    UserPoolId: pool.id,
    Identifier,
    Name: input.text('Name'),
    Scopes: [...((input.raw.Scopes ?? []) as ResourceServerScopeType[])],
  };
  pool.store.resourceServers.save(Identifier, server);
  return server;
}
