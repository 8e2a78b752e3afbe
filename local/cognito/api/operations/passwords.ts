/** Changing and recovering a password. */
import type { RecoveryOptionType } from '@aws-sdk/client-cognito-identity-provider';
import { codeMismatch, invalidParameter, notAuthorized, userNotFound } from '../../core/errors.ts';
import type { Pool } from '../../core/pool/pool.ts';
import { checkSecretHash } from '../../core/sign-in/secrets.ts';
import {
  hasPassword,
  hidesUsers,
  withChosenPassword,
  withPassword,
} from '../../core/users/accounts.ts';
import { isVerified, verification, withAttributes } from '../../core/users/attributes.ts';
import { checkCode, makeCode, withCode } from '../../core/users/codes.ts';
import { deliver, deliveryTo } from '../../core/users/delivery.ts';
import { claimNames } from '../../core/users/names.ts';
import type { ClientRecord, Contact, UserRecord, UserStatus } from '../../store/records.ts';
import { migrate } from '../../triggers/migration.ts';
import { NO_CLIENT, type Occasion } from '../../triggers/triggers.ts';
import { clientOf, type Operations, signedIn, userOf } from '../operation.ts';

export const passwords: Operations = {
  ChangePassword: (pool, call) => {
    const user = signedIn(call);
    if (!hasPassword(pool.store, user, call.input.text('PreviousPassword'))) throw notAuthorized();
    pool.users.save(withChosenPassword(pool.store, user, call.input.text('ProposedPassword')));
    return {};
  },

  ForgotPassword: async (pool, { input }) => {
    const client = clientOf(pool, input);
    const name = input.text('Username');
    checkSecretHash(client, name, input.maybe('SecretHash'));
    const user = pool.users.find(name) ?? (await migrated(pool, client, name));
    // As on AWS, nobody can tell who is missing, disabled or without a verified address.
    if (hidesUsers(client) && !canBeReset(pool, user))
      return { CodeDeliveryDetails: deliveryTo('email', name) };
    if (user === undefined) throw userNotFound();
    const metadata = input.strings('ClientMetadata');
    const occasion = { clientId: client.ClientId, metadata };
    return { CodeDeliveryDetails: await sendResetCode(pool, user, occasion) };
  },

  ConfirmForgotPassword: async (pool, { input }) => {
    const client = clientOf(pool, input);
    const name = input.text('Username');
    checkSecretHash(client, name, input.maybe('SecretHash'));
    const user = pool.users.find(name);
    if (hidesUsers(client) && !user?.Enabled) throw codeMismatch();
    if (user === undefined) throw userNotFound();
    if (!user.Enabled) throw notAuthorized('User is disabled.');
    checkCode(user, 'forgotPassword', input.text('ConfirmationCode'));
    const changed = withChosenPassword(pool.store, user, input.text('Password'));
    const reset = { ...withCode(changed, 'forgotPassword'), UserStatus: 'CONFIRMED' as const };
    const contact = recoveryContact(pool, user);
    const confirmed = withAttributes(reset, contact ? [verification(contact, true)] : []);
    pool.users.save(confirmed);
    await pool.triggers.postConfirmation(confirmed, 'PostConfirmation_ConfirmForgotPassword', {
      clientId: client.ClientId,
      metadata: input.strings('ClientMetadata'),
    });
    return {};
  },

  AdminSetUserPassword: (pool, { input }) => {
    const changed = withPassword(pool.store, userOf(pool, input), input.text('Password'));
    const UserStatus = input.flag('Permanent') ? 'CONFIRMED' : 'FORCE_CHANGE_PASSWORD';
    const user = { ...changed, UserStatus } as const;
    // A user of another provider can sign in here now, so its address becomes a name.
    claimNames(pool.store, user);
    pool.users.save(user);
    return {};
  },

  AdminResetUserPassword: async (pool, { input }) => {
    const user: UserRecord = { ...userOf(pool, input), UserStatus: 'RESET_REQUIRED' };
    const metadata = input.strings('ClientMetadata');
    await sendResetCode(pool, user, { clientId: NO_CLIENT, metadata });
    return {};
  },
};

const migrated = (pool: Pool, { ClientId: clientId }: ClientRecord, name: string) =>
  migrate(pool, { source: 'UserMigration_ForgotPassword', name, clientId });

/** AWS's order for pools without a setting. */
const RECOVERY = [{ Name: 'verified_phone_number' }, { Name: 'verified_email' }] as const;

/** The verified address by which a password is recovered, in the pool's order. */
function recoveryContact({ store }: Pool, user: UserRecord): Contact | undefined {
  const mechanisms = store.settings.AccountRecoverySetting?.RecoveryMechanisms ?? RECOVERY;
  const rank = (one: RecoveryOptionType): number => one.Priority ?? 0;
  return [...(mechanisms as readonly RecoveryOptionType[])]
    .sort((a, b) => rank(a) - rank(b))
    .map(({ Name }) => Name?.replace('verified_', '') as Contact | 'admin_only')
    .find((name): name is Contact => name !== 'admin_only' && isVerified(user, name));
}

/** People who have no password of their own yet, or none at all. */
const WITHOUT_PASSWORD: readonly UserStatus[] = ['FORCE_CHANGE_PASSWORD', 'EXTERNAL_PROVIDER'];

const canBeReset = (pool: Pool, user: UserRecord | undefined): boolean =>
  user?.Enabled === true &&
  !WITHOUT_PASSWORD.includes(user.UserStatus) &&
  recoveryContact(pool, user) !== undefined;

/** Sends a code to a verified address of the user. */
function sendResetCode(pool: Pool, user: UserRecord, occasion: Occasion): Promise<object> {
  if (!user.Enabled) throw notAuthorized('User is disabled.');
  const before = pool.users.get(user.Username)?.UserStatus;
  if (before !== undefined && WITHOUT_PASSWORD.includes(before))
    throw notAuthorized('User password cannot be reset in the current state.');
  const contact = recoveryContact(pool, user);
  if (contact === undefined)
    throw invalidParameter(
      'Cannot reset password for the user as there is no registered/verified email or phone_number',
    );
  const made = makeCode('forgotPassword');
  pool.users.save(withCode(user, 'forgotPassword', made));
  return deliver(pool, { ...occasion, kind: 'ForgotPassword', user, contact, code: made.code });
}
