/** New tokens for a refresh token, and rotation if the app client asks for it. */
import type { ClientRecord } from '../../store/records.ts';
import { notAuthorized } from '../errors.ts';
import type { Pool } from '../pool/pool.ts';
import { confirmedDevice } from '../users/devices.ts';
import type { IssuedTokens } from './tokens.ts';

interface RefreshRequest {
  readonly token: string;
  readonly deviceKey?: string | undefined;
  readonly clientMetadata?: Readonly<Record<string, string>> | undefined;
}

export const rotates = ({ RefreshTokenRotation: rotation }: ClientRecord): boolean =>
  rotation?.Feature === 'ENABLED';

/**
 * New tokens of the same session. With rotation there is a new refresh token too, and the old one is
 * valid for the client's grace period only.
 *
 * @throws CognitoError `NotAuthorizedException`
 */
export async function refresh(
  pool: Pool,
  client: ClientRecord,
  { token, clientMetadata, deviceKey }: RefreshRequest,
): Promise<IssuedTokens & { readonly RefreshToken?: string }> {
  const grace = (client.RefreshTokenRotation?.RetryGracePeriodSeconds ?? 0) * 1000;
  const resume = () => pool.sessions.resume(token, client.ClientId, grace);
  const session = resume();
  const user = pool.users.get(session.username);
  if (user === undefined) throw notAuthorized('Refresh Token has been revoked');
  if (!user.Enabled) throw notAuthorized('User is disabled.');
  // As on AWS, a session on a confirmed device goes on only on that device.
  const device = confirmedDevice(user, session.deviceKey);
  if (device !== undefined && device.key !== deviceKey)
    throw notAuthorized('Invalid Refresh Token');
  const source = 'TokenGeneration_RefreshTokens';
  const issued = await pool.tokens.issue({ user, client, session, source, clientMetadata });
  if (!rotates(client)) {
    pool.store.transaction(() => pool.sessions.touch(token, resume()));
    return issued;
  }
  // The trigger takes time. Of two requests with the same token, the second one is refused here.
  const RefreshToken = pool.store.transaction(() =>
    pool.sessions.rotate(token, { ...resume(), lastActive: Date.now() }),
  );
  return { ...issued, RefreshToken };
}
