/**
 * Going on with a session, and ending one. Amplify v6 refreshes with GetTokensFromRefreshToken, which
 * cognito-local does not have; nor has it global sign-out, and it revokes no access token.
 */
import type { AppClient } from 'cognito-local/lib/services/appClient.js';
import { awsError, notAuthorized } from '../errors.ts';
import { clientOf, type Kit, type Room, signedIn, userOf } from '../kit.ts';
import { checkSecret } from '../secrets.ts';

export const sessions: Room = (kit) => ({
  GetTokensFromRefreshToken: async ({ input }) => {
    const client = await clientOf(kit, input);
    checkSecret(client, input.maybe('ClientSecret'));
    return refresh(kit, client, {
      token: input.text('RefreshToken'),
      clientMetadata: input.strings('ClientMetadata'),
    });
  },

  RevokeToken: async ({ input }) => {
    const client = await clientOf(kit, input);
    checkSecret(client, input.maybe('ClientSecret'));
    const token = input.text('Token');
    if (token.split('.').length === 3)
      throw awsError('UnsupportedTokenTypeException', 'Unsupported token type');
    kit.sessions.revoke(token, client.ClientId);
    return {};
  },

  GlobalSignOut: (call) => {
    kit.sessions.revokeUser(signedIn(call).Username);
    return {};
  },

  AdminUserGlobalSignOut: ({ input }) => {
    kit.sessions.revokeUser(userOf(kit, input).Username);
    return {};
  },
});

interface RefreshRequest {
  readonly token: string;
  readonly clientMetadata?: Readonly<Record<string, string>> | undefined;
}

/** New access and ID tokens of the same session. The refresh token stays, as without rotation. */
export async function refresh(
  kit: Kit,
  client: AppClient,
  { token, clientMetadata }: RefreshRequest,
): Promise<object> {
  const session = kit.sessions.resume(token, client.ClientId);
  const user = kit.pool.find(session.username);
  if (user === undefined) throw notAuthorized('Refresh Token has been revoked');
  if (!user.Enabled) throw notAuthorized('User is disabled.');
  const source = 'TokenGeneration_RefreshTokens';
  const issued = await kit.tokens.issue({ user, client, session, source, clientMetadata });
  return { AuthenticationResult: issued };
}
