/** "Continue with Google" on this machine: a stand-in for Google, and the pool's settings for it. */
import { randomBytes } from 'node:crypto';
import type { UserPoolClientType } from '@aws-sdk/client-cognito-identity-provider';
import {
  type RunningIdentityProvider,
  startIdentityProvider,
} from '../identity-provider/server.ts';
import { isCognitoError, type RunningCognito } from './server.ts';

const RESPONSE_PATH = '/oauth2/idpresponse';

/** Starts the stand-in, and lets every app client of the pool that signs people in use it. */
export async function startGoogle(cognito: RunningCognito): Promise<RunningIdentityProvider> {
  const { endpoint, domain, userPoolId: UserPoolId } = cognito;
  const port = new URL(endpoint).port;
  const hosts = [endpoint, `http://localhost:${port}`, ...(domain ? [`https://${domain}`] : [])];
  const credentials = {
    clientId: 'local-google',
    clientSecret: randomBytes(32).toString('base64url'),
  };
  const google = await startIdentityProvider({
    ...credentials,
    port: 0,
    name: 'Google',
    redirectUris: hosts.map((host) => `${host}${RESPONSE_PATH}`),
  });
  cognito.standIn('Google', google.issuer);
  const settings = {
    ...{ UserPoolId, ProviderName: 'Google' },
    ProviderDetails: {
      client_id: credentials.clientId,
      client_secret: credentials.clientSecret,
      authorize_scopes: 'openid email profile',
    },
    AttributeMapping: {
      username: 'sub',
      email: 'email',
      email_verified: 'email_verified',
      name: 'name',
    },
  };
  try {
    await cognito.call('CreateIdentityProvider', { ...settings, ProviderType: 'Google' });
  } catch (error) {
    if (!isCognitoError(error, 'DuplicateProviderException')) throw error;
    await cognito.call('UpdateIdentityProvider', settings);
  }
  await offerToClients(cognito);
  return google;
}

/** An update resets what it leaves out, so it carries the client's own settings. */
async function offerToClients({ call, userPoolId: UserPoolId }: RunningCognito): Promise<void> {
  const { UserPoolClients } = await call('ListUserPoolClients', { UserPoolId, MaxResults: 60 });
  for (const { ClientId } of UserPoolClients as readonly UserPoolClientType[]) {
    const answer = await call('DescribeUserPoolClient', { UserPoolId, ClientId });
    const client = answer.UserPoolClient as UserPoolClientType;
    const providers = client.SupportedIdentityProviders ?? [];
    if (!client.AllowedOAuthFlows?.includes('code') || providers.includes('Google')) continue;
    const { ClientSecret: _, CreationDate: __, LastModifiedDate: ___, ...settings } = client;
    await call('UpdateUserPoolClient', {
      ...settings,
      SupportedIdentityProviders: [...providers, 'Google'],
    });
  }
}
