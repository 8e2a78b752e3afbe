/**
 * Changing and recovering a password. cognito-local checks neither policy nor expiry, and takes any
 * open code of the user, for example that of the sign-up.
 */
import {
  attributeOf,
  emailVerified,
  hasPassword,
  hidesUsers,
  withAttributes,
  withPassword,
} from '../accounts.ts';
import { expiredCode, invalidParameter, notAuthorized, userNotFound } from '../errors.ts';
import { clientOf, type Kit, type Room, signedIn, userOf } from '../kit.ts';
import { checkCode, deliveryTo, makeCode, withCode } from '../mailbox.ts';
import { checkSecretHash } from '../secrets.ts';
import type { LocalUser } from '../user-pool.ts';

export const passwords: Room = (kit) => ({
  ChangePassword: (call) => {
    const user = signedIn(call);
    if (!hasPassword(kit.pool, user, call.input.text('PreviousPassword'))) throw notAuthorized();
    kit.pool.save(withPassword(kit.pool, user, call.input.text('ProposedPassword')));
    return {};
  },

  ForgotPassword: async ({ input }) => {
    const client = await clientOf(kit, input);
    const name = input.text('Username');
    checkSecretHash(client, name, input.maybe('SecretHash'));
    const user = kit.pool.find(name);
    if (user === undefined) {
      if (hidesUsers(client)) return { CodeDeliveryDetails: deliveryTo(name) };
      throw userNotFound();
    }
    return { CodeDeliveryDetails: mailResetCode(kit, user) };
  },

  ConfirmForgotPassword: async ({ input }) => {
    const client = await clientOf(kit, input);
    const name = input.text('Username');
    checkSecretHash(client, name, input.maybe('SecretHash'));
    const user = kit.pool.find(name);
    if (user === undefined) throw hidesUsers(client) ? expiredCode() : userNotFound();
    if (!user.Enabled) throw notAuthorized('User is disabled.');
    checkCode(user, 'forgotPassword', input.text('ConfirmationCode'));
    const changed = withPassword(kit.pool, user, input.text('Password'));
    const confirmed = { ...withCode(changed, 'forgotPassword'), UserStatus: 'CONFIRMED' };
    kit.pool.save(withAttributes(confirmed, [emailVerified]));
    return {};
  },

  AdminSetUserPassword: ({ input }) => {
    const user = userOf(kit, input);
    const changed = withPassword(kit.pool, user, input.text('Password'));
    const status = input.flag('Permanent') ? 'CONFIRMED' : 'FORCE_CHANGE_PASSWORD';
    kit.pool.save({ ...changed, UserStatus: status });
    return {};
  },

  AdminResetUserPassword: ({ input }) => {
    const user = userOf(kit, input);
    mailResetCode(kit, user, 'RESET_REQUIRED');
    return {};
  },
});

/** Mails a code to whoever can show that the address is theirs. */
function mailResetCode(kit: Kit, user: LocalUser, status = user.UserStatus): object {
  if (!user.Enabled) throw notAuthorized('User is disabled.');
  if (user.UserStatus === 'FORCE_CHANGE_PASSWORD')
    throw notAuthorized('User password cannot be reset in the current state.');
  const email = attributeOf(user, 'email');
  if (email === undefined || attributeOf(user, 'email_verified') !== 'true')
    throw invalidParameter(
      'Cannot reset password for the user as there is no registered/verified email or phone_number',
    );
  const code = makeCode('forgotPassword');
  kit.pool.save({ ...withCode(user, 'forgotPassword', code), UserStatus: status });
  kit.mailbox.send('ForgotPassword', email, code.code);
  return deliveryTo(email);
}
