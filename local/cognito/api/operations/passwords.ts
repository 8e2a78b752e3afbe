/** Changing and recovering a password. */
import { hasPassword, hidesUsers, withPassword } from '../../core/accounts.ts';
import { attributeOf, emailVerified, withAttributes } from '../../core/attributes.ts';
import { checkCode, deliveryTo, makeCode, withCode } from '../../core/codes.ts';
import { expiredCode, invalidParameter, notAuthorized, userNotFound } from '../../core/errors.ts';
import type { Pool } from '../../core/pool.ts';
import { checkSecretHash } from '../../core/secrets.ts';
import type { UserRecord } from '../../store/records.ts';
import { clientOf, type Operations, signedIn, userOf } from '../operation.ts';

export const passwords: Operations = {
  ChangePassword: (pool, call) => {
    const user = signedIn(call);
    if (!hasPassword(pool.store, user, call.input.text('PreviousPassword'))) throw notAuthorized();
    pool.users.save(withPassword(pool.store, user, call.input.text('ProposedPassword')));
    return {};
  },

  ForgotPassword: (pool, { input }) => {
    const client = clientOf(pool, input);
    const name = input.text('Username');
    checkSecretHash(client, name, input.maybe('SecretHash'));
    const user = pool.users.find(name);
    if (user === undefined) {
      if (hidesUsers(client)) return { CodeDeliveryDetails: deliveryTo(name) };
      throw userNotFound();
    }
    return { CodeDeliveryDetails: mailResetCode(pool, user) };
  },

  ConfirmForgotPassword: (pool, { input }) => {
    const client = clientOf(pool, input);
    const name = input.text('Username');
    checkSecretHash(client, name, input.maybe('SecretHash'));
    const user = pool.users.find(name);
    if (user === undefined) throw hidesUsers(client) ? expiredCode() : userNotFound();
    if (!user.Enabled) throw notAuthorized('User is disabled.');
    checkCode(user, 'forgotPassword', input.text('ConfirmationCode'));
    const changed = withPassword(pool.store, user, input.text('Password'));
    const confirmed = { ...withCode(changed, 'forgotPassword'), UserStatus: 'CONFIRMED' as const };
    pool.users.save(withAttributes(confirmed, [emailVerified]));
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

/** Mails a code to the verified address of the user. */
function mailResetCode(pool: Pool, user: UserRecord, UserStatus = user.UserStatus): object {
  if (!user.Enabled) throw notAuthorized('User is disabled.');
  if (user.UserStatus === 'FORCE_CHANGE_PASSWORD')
    throw notAuthorized('User password cannot be reset in the current state.');
  const email = attributeOf(user, 'email');
  if (email === undefined || attributeOf(user, 'email_verified') !== 'true')
    throw invalidParameter(
      'Cannot reset password for the user as there is no registered/verified email or phone_number',
    );
  const code = makeCode('forgotPassword');
  pool.users.save({ ...withCode(user, 'forgotPassword', code), UserStatus });
  pool.mailbox.send('ForgotPassword', email, code.code);
  return deliveryTo(email);
}
