/** Changing and recovering a password. */
import { hasPassword, hidesUsers, withPassword } from '../../core/accounts.ts';
import { attributeOf, emailVerified, withAttributes } from '../../core/attributes.ts';
import { checkCode, deliveryTo, makeCode, withCode } from '../../core/codes.ts';
import { codeMismatch, invalidParameter, notAuthorized, userNotFound } from '../../core/errors.ts';
import type { Pool } from '../../core/pool.ts';
import { checkSecretHash } from '../../core/secrets.ts';
import type { ClientRecord, UserRecord } from '../../store/records.ts';
import { migrate } from '../../triggers/migration.ts';
import { clientOf, type Operations, signedIn, userOf } from '../operation.ts';

export const passwords: Operations = {
  ChangePassword: (pool, call) => {
    const user = signedIn(call);
    if (!hasPassword(pool.store, user, call.input.text('PreviousPassword'))) throw notAuthorized();
    pool.users.save(withPassword(pool.store, user, call.input.text('ProposedPassword')));
    return {};
  },

  ForgotPassword: async (pool, { input }) => {
    const client = clientOf(pool, input);
    const name = input.text('Username');
    checkSecretHash(client, name, input.maybe('SecretHash'));
    const user = pool.users.find(name) ?? (await migrated(pool, client, name));
    // As on AWS, nobody can tell who is missing, disabled or without a verified address.
    if (hidesUsers(client) && !canBeReset(user)) return { CodeDeliveryDetails: deliveryTo(name) };
    if (user === undefined) throw userNotFound();
    return { CodeDeliveryDetails: mailResetCode(pool, user) };
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
    const changed = withPassword(pool.store, user, input.text('Password'));
    const reset = { ...withCode(changed, 'forgotPassword'), UserStatus: 'CONFIRMED' as const };
    const confirmed = withAttributes(reset, [emailVerified]);
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
    pool.users.save({ ...changed, UserStatus });
    return {};
  },

  AdminResetUserPassword: (pool, { input }) => {
    mailResetCode(pool, userOf(pool, input), 'RESET_REQUIRED');
    return {};
  },
};

const migrated = (pool: Pool, { ClientId: clientId }: ClientRecord, name: string) =>
  migrate(pool, { source: 'UserMigration_ForgotPassword', name, clientId });

const hasVerifiedEmail = (user: UserRecord): boolean =>
  attributeOf(user, 'email') !== undefined && attributeOf(user, 'email_verified') === 'true';

const canBeReset = (user: UserRecord | undefined): boolean =>
  user?.Enabled === true && user.UserStatus !== 'FORCE_CHANGE_PASSWORD' && hasVerifiedEmail(user);

/** Mails a code to the verified address of the user. */
function mailResetCode(pool: Pool, user: UserRecord, UserStatus = user.UserStatus): object {
  if (!user.Enabled) throw notAuthorized('User is disabled.');
  if (user.UserStatus === 'FORCE_CHANGE_PASSWORD')
    throw notAuthorized('User password cannot be reset in the current state.');
  if (!hasVerifiedEmail(user))
    throw invalidParameter(
      'Cannot reset password for the user as there is no registered/verified email or phone_number',
    );
  const email = attributeOf(user, 'email') ?? '';
  const code = makeCode('forgotPassword');
  pool.users.save({ ...withCode(user, 'forgotPassword', code), UserStatus });
  pool.mailbox.send('ForgotPassword', email, code.code);
  return deliveryTo(email);
}
