/** From a right password to the tokens: what may stand between, and how the session begins. */
import type { AppClient } from 'cognito-local/lib/services/appClient.js';
import type { Challenge } from '../challenges.ts';
import { awsError, notAuthorized } from '../errors.ts';
import type { Kit } from '../kit.ts';
import type { TriggerSource } from '../pre-token.ts';
import { lifetime } from '../tokens.ts';
import type { LocalUser } from '../user-pool.ts';

/** Someone on the way in. */
export interface Entry {
  readonly user: LocalUser;
  readonly client: AppClient;
  readonly clientMetadata?: Readonly<Record<string, string>> | undefined;
}

/** The password is right: what else stands between the user and the tokens. */
export function afterPassword(kit: Kit, entry: Entry): Promise<object> {
  const { user, client } = entry;
  if (!user.Enabled) throw notAuthorized('User is disabled.');
  if (user.UserStatus === 'UNCONFIRMED')
    throw awsError('UserNotConfirmedException', 'User is not confirmed.');
  if (user.UserStatus === 'RESET_REQUIRED')
    throw awsError('PasswordResetRequiredException', 'Password reset required for the user');
  if (user.UserStatus !== 'FORCE_CHANGE_PASSWORD') return afterNewPassword(kit, entry);
  const attributes = user.Attributes.filter(({ Name }) => Name !== 'sub');
  return Promise.resolve(
    challengeWith(
      kit,
      { name: 'NEW_PASSWORD_REQUIRED', user, client },
      {
        requiredAttributes: '[]',
        userAttributes: JSON.stringify(
          Object.fromEntries(attributes.map(({ Name, Value }) => [Name, Value])),
        ),
      },
    ),
  );
}

export function afterNewPassword(kit: Kit, entry: Entry, source?: TriggerSource): Promise<object> {
  const { user, client } = entry;
  if (!(user.UserMFASettingList as string[] | undefined)?.includes('SOFTWARE_TOKEN_MFA'))
    return grant(kit, entry, source);
  const device = user.SoftwareTokenMfaConfiguration?.FriendlyDeviceName;
  return Promise.resolve(
    challengeWith(
      kit,
      { name: 'SOFTWARE_TOKEN_MFA', user, client },
      device ? { FRIENDLY_DEVICE_NAME: device } : {},
    ),
  );
}

type Asked = Entry & Pick<Challenge, 'name'>;

function challengeWith(kit: Kit, { name, user, client }: Asked, parameters: object): object {
  const username = user.Username;
  return {
    ChallengeName: name,
    ChallengeParameters: { USER_ID_FOR_SRP: username, ...parameters },
    Session: kit.challenges.ask({ name, username, clientId: client.ClientId }),
  };
}

/** The session is kept only after the trigger has agreed. */
export async function grant(
  kit: Kit,
  { user, client, clientMetadata }: Entry,
  source: TriggerSource = 'TokenGeneration_Authentication',
): Promise<object> {
  const session = kit.sessions.begin({
    username: user.Username,
    clientId: client.ClientId,
    lifetime: lifetime(client, 'RefreshToken') * 1000,
  });
  const tokens = await kit.tokens.issue({ user, client, session, source, clientMetadata });
  const RefreshToken = kit.sessions.open(session);
  return { ChallengeParameters: {}, AuthenticationResult: { ...tokens, RefreshToken } };
}
