/** From a right password to the tokens: the challenges in between, and the beginning of the session. */
import type { ClientRecord, UserRecord } from '../../store/records.ts';
import type { TriggerSource } from '../../triggers/pre-token.ts';
import { awsError, notAuthorized } from '../errors.ts';
import type { Pool } from '../pool/pool.ts';
import { makeRoom } from '../tokens/session-tracking.ts';
import { lifetime } from '../tokens/token-claims.ts';
import { requiredAttributes } from '../users/attributes.ts';
import { confirmedDevice, newDevice, withDevice } from '../users/devices.ts';
import type { Challenge } from './challenges.ts';
import { type SecondFactor, secondFactorFor, sendFactorCode } from './second-factors.ts';

/** A person who is signing in. */
export interface Entry {
  readonly user: UserRecord;
  readonly client: ClientRecord;
  readonly clientMetadata?: Readonly<Record<string, string>> | undefined;
  /** The device that the app says it is on. */
  readonly deviceKey?: string | undefined;
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
  const { user } = entry;
  checkMayEnter(user);
  if (user.UserStatus !== 'FORCE_CHANGE_PASSWORD') return afterNewPassword(pool, entry);
  const attributes = user.Attributes.filter(({ Name }) => Name !== 'sub');
  const missing = requiredAttributes(pool.store).filter((name) =>
    attributes.every(({ Name }) => Name !== name),
  );
  return challengeWith(
    pool,
    entry,
    { name: 'NEW_PASSWORD_REQUIRED' },
    {
      requiredAttributes: JSON.stringify(missing.map((name) => `userAttributes.${name}`)),
      userAttributes: JSON.stringify(
        Object.fromEntries(attributes.map(({ Name, Value }) => [Name, Value])),
      ),
    },
  );
}

/** A remembered device may stand in for the second factor. */
export async function afterNewPassword(
  pool: Pool,
  entry: Entry,
  source?: TriggerSource,
): Promise<object> {
  const { DeviceConfiguration: settings } = pool.store.settings;
  const device = confirmedDevice(entry.user, entry.deviceKey);
  if (settings?.ChallengeRequiredOnNewDevice && device?.remembered)
    return afterSecondFactor(pool, entry, source);
  const asked = secondFactorFor(pool, entry.user);
  if (asked.ask === 'nothing') return afterSecondFactor(pool, entry, source);
  if (asked.ask === 'MFA_SETUP')
    return challengeWith(
      pool,
      entry,
      { name: 'MFA_SETUP' },
      {
        MFAS_CAN_SETUP: JSON.stringify(asked.factors),
      },
    );
  if (asked.ask === 'SELECT_MFA_TYPE')
    return challengeWith(
      pool,
      entry,
      { name: 'SELECT_MFA_TYPE' },
      {
        MFAS_CAN_CHOOSE: JSON.stringify(asked.factors),
      },
    );
  return askFactor(pool, entry, asked.ask);
}

/** The challenge of one factor. Its code is sent. */
export async function askFactor(pool: Pool, entry: Entry, factor: SecondFactor): Promise<object> {
  const name = entry.user.softwareToken?.name;
  const sent = await sendFactorCode(pool, entry, factor);
  if (sent === undefined)
    return challengeWith(pool, entry, { name: factor }, name ? { FRIENDLY_DEVICE_NAME: name } : {});
  return challengeWith(
    pool,
    entry,
    { name: factor, code: sent.code, isSecond: true },
    {
      CODE_DELIVERY_DELIVERY_MEDIUM: sent.DeliveryMedium,
      CODE_DELIVERY_DESTINATION: sent.Destination,
    },
  );
}

/** The device proves itself, if it is one that the user has. */
export async function afterSecondFactor(
  pool: Pool,
  entry: Entry,
  source?: TriggerSource,
): Promise<object> {
  if (confirmedDevice(entry.user, entry.deviceKey) === undefined) return grant(pool, entry, source);
  return challengeWith(pool, entry, { name: 'DEVICE_SRP_AUTH' }, {});
}

export function challengeWith(
  pool: Pool,
  { user, client, deviceKey }: Entry,
  challenge: Omit<Challenge, 'username' | 'clientId'>,
  parameters: object,
): object {
  const username = user.Username;
  return {
    ChallengeName: challenge.name,
    ChallengeParameters: { USER_ID_FOR_SRP: username, ...parameters },
    Session: pool.challenges.ask({
      ...challenge,
      username,
      clientId: client.ClientId,
      ...(deviceKey !== undefined && { deviceKey }),
    }),
  };
}

/** Issues the tokens. The session is stored only after the trigger has agreed. */
export async function grant(
  pool: Pool,
  { user, client, clientMetadata, deviceKey }: Entry,
  source: TriggerSource = 'TokenGeneration_Authentication',
): Promise<object> {
  const known = confirmedDevice(user, deviceKey);
  const made = known ? undefined : newDevice(pool);
  await pool.triggers.postAuthentication(user, {
    clientId: client.ClientId,
    metadata: clientMetadata,
    isNewDevice: made !== undefined,
  });
  const session = pool.sessions.begin({
    username: user.Username,
    clientId: client.ClientId,
    lifetime: lifetime(client, 'RefreshToken') * 1000,
    deviceKey: (known ?? made)?.key,
  });
  const tokens = await pool.tokens.issue({ user, client, session, source, clientMetadata });
  const RefreshToken = pool.store.transaction(() => {
    if (made !== undefined)
      pool.users.save(withDevice(pool.users.get(user.Username) ?? user, made));
    makeRoom(pool, user);
    return pool.sessions.open(session);
  });
  const NewDeviceMetadata = made && { DeviceKey: made.key, DeviceGroupKey: made.groupKey };
  return {
    ChallengeParameters: {},
    AuthenticationResult: {
      ...tokens,
      RefreshToken,
      ...(NewDeviceMetadata && { NewDeviceMetadata }),
    },
  };
}
