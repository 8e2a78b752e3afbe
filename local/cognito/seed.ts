/** Fills the pool with accounts to try things with. */
import { isCognitoError, type RunningCognito } from './server.ts';

export interface SeedUser {
  readonly email: string;
  /** Must meet the pool's policy: 12 characters with upper and lower case, a digit and a symbol. */
  readonly password: string;
  /** Made where they are missing. */
  readonly groups?: readonly string[];
}

/**
 * Makes confirmed users with a verified email. Running it again changes nothing: a user who is there
 * keeps the password, and only missing groups are added.
 *
 * @example await seedUsers(cognito, [{ email: 'ann@example.com', password, groups: ['editors'] }]);
 */
export async function seedUsers(
  cognito: RunningCognito,
  users: readonly SeedUser[],
): Promise<void> {
  await seedGroups(
    cognito,
    users.flatMap((user) => user.groups ?? []),
  );
  await Promise.all(users.map((user) => seedUser(cognito, user)));
}

/** Makes the groups that are missing. */
export async function seedGroups(
  { call, userPoolId: UserPoolId }: RunningCognito,
  names: readonly string[],
): Promise<void> {
  for (const GroupName of new Set(names))
    await unless('GroupExistsException', call('CreateGroup', { UserPoolId, GroupName }));
}

async function seedUser(cognito: RunningCognito, { email, password, groups = [] }: SeedUser) {
  const user = { UserPoolId: cognito.userPoolId, Username: email };
  const created = await unless(
    'UsernameExistsException',
    cognito.call('AdminCreateUser', {
      ...user,
      TemporaryPassword: password,
      MessageAction: 'SUPPRESS',
      UserAttributes: [{ Name: 'email_verified', Value: 'true' }],
    }),
  );
  if (created)
    await cognito.call('AdminSetUserPassword', { ...user, Password: password, Permanent: true });
  for (const GroupName of groups) await cognito.call('AdminAddUserToGroup', { ...user, GroupName });
}

/** Waits for an operation; gives `false` where it answers with this error. */
async function unless(code: string, operation: Promise<unknown>): Promise<boolean> {
  try {
    await operation;
    return true;
  } catch (error) {
    if (isCognitoError(error, code)) return false;
    throw error;
  }
}
