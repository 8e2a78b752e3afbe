/** Accounts, by an administrator. */
import { makeUser, withPassword } from '../../core/accounts.ts';
import {
  attributeOf,
  checkAttributes,
  checkEmailFree,
  checkEmailName,
  emailUnverified,
  touched,
  withAttributes,
  withoutAttributes,
} from '../../core/attributes.ts';
import { awsError } from '../../core/errors.ts';
import { makeTemporaryPassword } from '../../core/passwords.ts';
import type { Pool } from '../../core/pool.ts';
import type { UserRecord } from '../../store/records.ts';
import { NO_CLIENT } from '../../triggers/triggers.ts';
import { type Call, type Operations, userOf } from '../operation.ts';
import { userResponse } from '../responses.ts';

export const adminUsers: Operations = {
  AdminCreateUser: async (pool, call) => {
    const { input } = call;
    if (input.maybe('MessageAction') === 'RESEND')
      return { User: userResponse(invite(pool, call)) };
    const username = input.text('Username');
    checkNew(pool, call);
    await pool.triggers.preSignUp({
      ...{ username, source: 'PreSignUp_AdminCreateUser', clientId: NO_CLIENT },
      attributes: input.attributes('UserAttributes'),
      metadata: input.strings('ClientMetadata'),
    });
    return { User: userResponse(pool.store.transaction(() => create(pool, call))) };
  },

  AdminGetUser: (pool, { input }) => {
    const user = userOf(pool, input);
    const { Attributes: UserAttributes, ...rest } = userResponse(user);
    return {
      ...rest,
      UserAttributes,
      PreferredMfaSetting: user.PreferredMfaSetting,
      UserMFASettingList: user.UserMFASettingList,
    };
  },

  AdminUpdateUserAttributes: (pool, { input }) => {
    const user = userOf(pool, input);
    const attributes = input.attributes('UserAttributes');
    checkAttributes(pool.store, attributes, 'administrator');
    const email = attributes.find(({ Name }) => Name === 'email')?.Value;
    if (email !== undefined) checkEmailFree(pool.store, user, email);
    const isNew = email !== undefined && email !== attributeOf(user, 'email');
    const before = isNew ? withAttributes(user, [emailUnverified]) : user;
    pool.users.save(withAttributes(before, attributes));
    return {};
  },

  AdminDeleteUserAttributes: (pool, { input }) => {
    const names = input.list('UserAttributeNames');
    pool.users.save(withoutAttributes(pool.store, userOf(pool, input), names));
    return {};
  },

  AdminDisableUser: (pool, { input }) => {
    pool.users.save(touched({ ...userOf(pool, input), Enabled: false }));
    return {};
  },

  AdminEnableUser: (pool, { input }) => {
    pool.users.save(touched({ ...userOf(pool, input), Enabled: true }));
    return {};
  },

  AdminDeleteUser: (pool, { input }) => {
    pool.users.delete(userOf(pool, input));
    return {};
  },
};

function checkNew(pool: Pool, { input }: Call): void {
  const name = input.text('Username');
  checkEmailName(name);
  checkAttributes(pool.store, input.attributes('UserAttributes'), 'administrator');
  if (pool.users.find(name) !== undefined)
    throw awsError('UsernameExistsException', 'User account already exists');
}

function create(pool: Pool, call: Call): UserRecord {
  // The trigger takes time, so the name may have been taken since.
  checkNew(pool, call);
  const { input } = call;
  const name = input.text('Username');
  const attributes = input.attributes('UserAttributes');
  const password = input.maybe('TemporaryPassword') ?? makeTemporaryPassword();
  const user = makeUser(pool.store, {
    email: name,
    password,
    status: 'FORCE_CHANGE_PASSWORD',
    attributes: attributes.filter(({ Name }) => Name !== 'email'),
  });
  pool.users.save(user);
  if (input.maybe('MessageAction') !== 'SUPPRESS')
    pool.mailbox.send('AdminCreateUser', name, password);
  return user;
}

/** Sends the invitation again, with a new temporary password. */
function invite(pool: Pool, { input }: Call): UserRecord {
  const user = userOf(pool, input);
  if (user.UserStatus !== 'FORCE_CHANGE_PASSWORD')
    throw awsError(
      'UnsupportedUserStateException',
      'Resend not possible. User status is not FORCE_CHANGE_PASSWORD',
    );
  const password = input.maybe('TemporaryPassword') ?? makeTemporaryPassword();
  const changed = withPassword(pool.store, user, password);
  pool.users.save(changed);
  pool.mailbox.send('AdminCreateUser', attributeOf(user, 'email') ?? '', password);
  return changed;
}
