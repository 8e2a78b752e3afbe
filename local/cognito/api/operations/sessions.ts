/** Continuing a session, and ending one. */
import { awsError } from '../../core/errors.ts';
import { refresh } from '../../core/refresh.ts';
import { checkSecret } from '../../core/secrets.ts';
import { clientOf, type Operations, signedIn, userOf } from '../operation.ts';

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

  GlobalSignOut: (pool, call) => {
    pool.sessions.revokeUser(signedIn(call).Username);
    return {};
  },

  AdminUserGlobalSignOut: (pool, { input }) => {
    pool.sessions.revokeUser(userOf(pool, input).Username);
    return {};
  },
};
