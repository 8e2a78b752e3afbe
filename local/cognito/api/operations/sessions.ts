/** Continuing a session, and ending one. */
import { awsError, invalidParameter } from '../../core/errors.ts';
import { checkSecret } from '../../core/sign-in/secrets.ts';
import { refresh } from '../../core/tokens/refresh.ts';
import {
  configureSessions,
  describeSessions,
  endSession,
  sessionConfiguration,
} from '../../core/tokens/session-tracking.ts';
import type { Input } from '../input.ts';
import { clientOf, type Operations, signedIn, userOf } from '../operation.ts';
import { pageOf } from '../pages.ts';

/** AWS does not say how long its pages are. */
function page(all: ReturnType<typeof describeSessions>, input: Input) {
  const { page: Sessions, next } = pageOf(all, input, { limit: 'MaxResults', most: 60 });
  return { Sessions, ...next };
}

export const sessions: Operations = {
  GetTokensFromRefreshToken: async (pool, { input }) => {
    const client = clientOf(pool, input);
    checkSecret(client, input.maybe('ClientSecret'));
    const AuthenticationResult = await refresh(pool, client, {
      token: input.text('RefreshToken'),
      deviceKey: input.maybe('DeviceKey'),
      clientMetadata: input.strings('ClientMetadata'),
    });
    return { AuthenticationResult };
  },

  RevokeToken: async (pool, { input }) => {
    const client = clientOf(pool, input);
    checkSecret(client, input.maybe('ClientSecret'));
    const token = input.text('Token');
    if (token.split('.').length === 3)
      throw awsError('UnsupportedTokenTypeException', 'Unsupported token type');
    pool.sessions.revoke(token, client.ClientId);
    return {};
  },

  ListUserSessions: (pool, call) => {
    const { originJti } = call.caller ?? {};
    return page(describeSessions(pool, signedIn(call), originJti), call.input);
  },

  AdminListUserSessions: (pool, { input }) =>
    page(describeSessions(pool, userOf(pool, input)), input),

  RevokeUserSession: (pool, call) => {
    endSession(pool, signedIn(call), call.input.text('SessionId'));
    return {};
  },

  AdminRevokeUserSession: (pool, { input }) => {
    endSession(pool, userOf(pool, input), input.text('SessionId'));
    return {};
  },

  GetUserPoolSessionConfiguration: (pool) => ({
    UserPoolId: pool.id,
    ...sessionConfiguration(pool),
  }),

  SetUserPoolSessionConfiguration: (pool, { input }) => {
    configureSessions(pool, {
      UserSessionTracking: input.text('UserSessionTracking') === 'ENABLED' ? 'ENABLED' : 'DISABLED',
      TokenSession: { MaxPerUser: input.map('TokenSession').number('MaxPerUser') ?? 0 },
    });
    return { UserPoolId: pool.id, ...sessionConfiguration(pool) };
  },

  /** A machine's token, as by the client credentials grant. */
  GetClientToken: async (pool, { input }) => {
    const client = clientOf(pool, input);
    checkSecret(client, input.text('Secret'));
    const flows: readonly string[] = client.ExplicitAuthFlows ?? [];
    if (!flows.includes('ALLOW_CLIENT_TOKEN_AUTH'))
      throw invalidParameter('ALLOW_CLIENT_TOKEN_AUTH is not enabled for this client');
    const allowed = client.AllowedOAuthScopes ?? [];
    const scopes = input.has('Scopes') ? input.list('Scopes') : allowed;
    if (scopes.some((scope) => !allowed.includes(scope)))
      throw awsError('ScopeDoesNotExistException', 'A scope is not allowed for this client.');
    const clientMetadata = input.strings('ClientMetadata');
    const issued = await pool.tokens.issueForMachine({ client, scopes, clientMetadata });
    return { ClientAuthenticationResult: issued };
  },

  GlobalSignOut: (pool, call) => {
    pool.sessions.revokeUser(signedIn(call).Username);
    return {};
  },

  AdminUserGlobalSignOut: (pool, { input }) => {
    pool.sessions.revokeUser(userOf(pool, input).Username);
    return {};
  },
};
