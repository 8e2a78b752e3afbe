/**
 * What an administrator does to accounts. In cognito-local a duplicate is told by the exact case
 * only, a new account's welcome goes by SMS unless asked otherwise, and an email can be given to two.
 */
import { userToResponseObject } from 'cognito-local/lib/targets/responses.js';
import {
  attributeOf,
  checkAttributes,
  checkEmailFree,
  checkEmailName,
  emailUnverified,
  makeUser,
  touched,
  withAttributes,
  withoutAttributes,
  withPassword,
} from '../accounts.ts';
import { awsError, userNotFound } from '../errors.ts';
import { type Call, checkPool, type Kit, type Room, userOf } from '../kit.ts';
import { makeTemporaryPassword } from '../passwords.ts';
import type { LocalUser } from '../user-pool.ts';

export const adminUsers: Room = (kit) => ({
  AdminCreateUser: (call) => {
    checkPool(kit, call.input);
    const resend = call.input.maybe('MessageAction') === 'RESEND';
    return { User: userToResponseObject(resend ? invite(kit, call) : create(kit, call)) };
  },

  AdminGetUser: ({ input }) => {
    const user = userOf(kit, input);
    const { Attributes: UserAttributes, ...rest } = userToResponseObject(user);
    return {
      ...rest,
      UserAttributes,
      PreferredMfaSetting: user.PreferredMfaSetting,
      UserMFASettingList: user.UserMFASettingList,
    };
  },

  AdminUpdateUserAttributes: ({ input }) => {
    const user = userOf(kit, input);
    const attributes = input.attributes('UserAttributes');
    checkAttributes(kit.pool, attributes, 'administrator');
    const email = attributes.find(({ Name }) => Name === 'email')?.Value;
    if (email !== undefined) checkEmailFree(kit.pool, user, email);
    const isNew = email !== undefined && email !== attributeOf(user, 'email');
    const before = isNew ? withAttributes(user, [emailUnverified]) : user;
    kit.pool.save(withAttributes(before, attributes));
    return {};
  },

  AdminDeleteUserAttributes: ({ input }) => {
    const user = userOf(kit, input);
    kit.pool.save(withoutAttributes(kit.pool, user, input.list('UserAttributeNames')));
    return {};
  },

  AdminDisableUser: ({ input }) => {
    kit.pool.save(touched({ ...userOf(kit, input), Enabled: false }));
    return {};
  },

  AdminEnableUser: ({ input }) => {
    kit.pool.save(touched({ ...userOf(kit, input), Enabled: true }));
    return {};
  },

  AdminDeleteUser: async ({ input }) => {
    await kit.pool.deleteUser(kit.ctx, userOf(kit, input));
    return {};
  },
});

function create(kit: Kit, { input }: Call): LocalUser {
  const name = input.text('Username');
  checkEmailName(name);
  const attributes = input.attributes('UserAttributes');
  checkAttributes(kit.pool, attributes, 'administrator');
  if (kit.pool.find(name) !== undefined)
    throw awsError('UsernameExistsException', 'User account already exists');
  const password = input.maybe('TemporaryPassword') ?? makeTemporaryPassword();
  const user = makeUser(kit.pool, {
    email: name,
    password,
    status: 'FORCE_CHANGE_PASSWORD',
    attributes: [...attributes.filter(({ Name }) => Name !== 'email')],
  });
  kit.pool.save(user);
  if (input.maybe('MessageAction') !== 'SUPPRESS')
    kit.mailbox.send('AdminCreateUser', name, password);
  return user;
}

/** Sends the invitation again, with a new temporary password. */
function invite(kit: Kit, { input }: Call): LocalUser {
  const user = kit.pool.find(input.text('Username'));
  if (user === undefined) throw userNotFound();
  if (user.UserStatus !== 'FORCE_CHANGE_PASSWORD')
    throw awsError(
      'UnsupportedUserStateException',
      'Resend not possible. User status is not FORCE_CHANGE_PASSWORD',
    );
  const password = input.maybe('TemporaryPassword') ?? makeTemporaryPassword();
  const changed = withPassword(kit.pool, user, password);
  kit.pool.save(changed);
  kit.mailbox.send('AdminCreateUser', attributeOf(user, 'email') ?? '', password);
  return changed;
}
