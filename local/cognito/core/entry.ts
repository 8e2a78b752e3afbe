/** From a right password to the tokens: the challenges in between, and the beginning of the session. */
import type { ClientRecord, UserRecord } from '../store/records.ts';
import type { TriggerSource } from '../triggers/pre-token.ts';
import type { Challenge } from './challenges.ts';
import { awsError, notAuthorized } from './errors.ts';
import type { Pool } from './pool.ts';
import { lifetime } from './token-claims.ts';

/** A person who is signing in. */
export interface Entry {
  readonly user: UserRecord;
  readonly client: ClientRecord;
  readonly clientMetadata?: Readonly<Record<string, string>> | undefined;
}

/** @throws CognitoError if the account may not sign in now. */
export function checkMayEnter(user: UserRecord): void {
  if (!user.Enabled) throw notAuthorized('User is disabled.');
  if (user.UserStatus === 'UNCONFIRMED')
    throw awsError('UserNotConfirmedException', 'User is not confirmed.');
  if (user.UserStatus === 'RESET_REQUIRED')
    throw awsError('PasswordResetRequiredException', 'Password reset required for the user');
}

/** The password is right. Returns the next challenge, or the tokens. */
export async function afterPassword(pool: Pool, entry: Entry): Promise<object> {
  const { user, client } = entry;
  checkMayEnter(user);
  if (user.UserStatus !== 'FORCE_CHANGE_PASSWORD') return afterNewPassword(pool, entry);
  const attributes = user.Attributes.filter(({ Name }) => Name !== 'sub');
  const asked = { name: 'NEW_PASSWORD_REQUIRED', user, client } as const;
  return challengeWith(pool, asked, {
    requiredAttributes: '[]',
    userAttributes: JSON.stringify(
      Object.fromEntries(attributes.map(({ Name, Value }) => [Name, Value])),
    ),
  });
}

export const needsSecondFactor = (user: UserRecord): boolean =>
  user.UserMFASettingList?.includes('SOFTWARE_TOKEN_MFA') ?? false;

export async function afterNewPassword(
  pool: Pool,
  entry: Entry,
  source?: TriggerSource,
): Promise<object> {
  const { user, client } = entry;
  if (!needsSecondFactor(user)) return grant(pool, entry, source);
  const name = user.softwareToken?.name;
  const asked = { name: 'SOFTWARE_TOKEN_MFA', user, client } as const;
  return challengeWith(pool, asked, name ? { FRIENDLY_DEVICE_NAME: name } : {});
}

type Asked = Entry & Pick<Challenge, 'name'>;

function challengeWith(pool: Pool, { name, user, client }: Asked, parameters: object): object {
  const username = user.Username;
  return {
    ChallengeName: name,
    ChallengeParameters: { USER_ID_FOR_SRP: username, ...parameters },
    Session: pool.challenges.ask({ name, username, clientId: client.ClientId }),
  };
}

/** Issues the tokens. The session is stored only after the trigger has agreed. */
export async function grant(
  pool: Pool,
  { user, client, clientMetadata }: Entry,
  source: TriggerSource = 'TokenGeneration_Authentication',
): Promise<object> {
  await pool.triggers.postAuthentication(user, {
    clientId: client.ClientId,
    metadata: clientMetadata,
  });
  const session = pool.sessions.begin({
    username: user.Username,
    clientId: client.ClientId,
    lifetime: lifetime(client, 'RefreshToken') * 1000,
  });
  const tokens = await pool.tokens.issue({ user, client, session, source, clientMetadata });
  const RefreshToken = pool.sessions.open(session);
  return { ChallengeParameters: {}, AuthenticationResult: { ...tokens, RefreshToken } };
}
