/** Continuing a session, and ending one. */
import { awsError, notAuthorized } from '../../core/errors.ts';
import type { Pool } from '../../core/pool.ts';
import { checkSecret } from '../../core/secrets.ts';
import type { ClientRecord } from '../../store/records.ts';
import { clientOf, type Operations, signedIn, userOf } from '../operation.ts';

export const sessions: Operations = {
  GetTokensFromRefreshToken: async (pool, { input }) => {
    const client = clientOf(pool, input);
    checkSecret(client, input.maybe('ClientSecret'));
    return refresh(pool, client, {
      token: input.text('RefreshToken'),
      clientMetadata: input.strings('ClientMetadata'),
    });
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

interface RefreshRequest {
  readonly token: string;
  readonly clientMetadata?: Readonly<Record<string, string>> | undefined;
}

/** New access and ID tokens of the same session. The refresh token stays the same. */
export async function refresh(
  pool: Pool,
  client: ClientRecord,
  { token, clientMetadata }: RefreshRequest,
): Promise<object> {
  const session = pool.sessions.resume(token, client.ClientId);
  const user = pool.users.find(session.username);
  if (user === undefined) throw notAuthorized('Refresh Token has been revoked');
  if (!user.Enabled) throw notAuthorized('User is disabled.');
  const source = 'TokenGeneration_RefreshTokens';
  const issued = await pool.tokens.issue({ user, client, session, source, clientMetadata });
  return { AuthenticationResult: issued };
}
