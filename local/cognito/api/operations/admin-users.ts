/** Accounts, by an administrator. */

import { awsError } from '../../core/errors.ts';
import type { Pool } from '../../core/pool/pool.ts';
import { deleteUser, makeUser, withPassword } from '../../core/users/accounts.ts';
import {
  attributeOf,
  checkAttributes,
  touched,
  verification,
  withAttributes,
  withoutAttributes,
} from '../../core/users/attributes.ts';
import { deliver } from '../../core/users/delivery.ts';
import { claimNames, nameNewUser } from '../../core/users/names.ts';
import { makeTemporaryPassword } from '../../core/users/passwords.ts';
import type { Contact, UserRecord } from '../../store/records.ts';
import { NO_CLIENT } from '../../triggers/triggers.ts';
import type { Input } from '../input.ts';
import { type Operations, userOf } from '../operation.ts';
import { userResponse } from '../responses.ts';

export const adminUsers: Operations = {
  AdminCreateUser: async (pool, { input }) => {
    const action = input.maybe('MessageAction');
    if (action === 'RESEND') return { User: userResponse(await invite(pool, input)) };
    const wanted = readNewUser(pool, input);
    await pool.triggers.preSignUp({
      ...{ username: wanted.username, source: 'PreSignUp_AdminCreateUser', clientId: NO_CLIENT },
      attributes: wanted.attributes,
      metadata: input.strings('ClientMetadata'),
      validationData: input.has('ValidationData')
        ? Object.fromEntries(
            input.attributes('ValidationData').map(({ Name, Value }) => [Name, Value]),
          )
        : undefined,
    });
    const password = input.maybe('TemporaryPassword') ?? makeTemporaryPassword();
    const user = pool.store.transaction(() => {
      // The trigger takes time, so the name may have been taken since.
      checkNew(pool, input.text('Username'));
      const made = makeUser(pool.store, { ...wanted, password, status: 'FORCE_CHANGE_PASSWORD' });
      claimNames(pool.store, made, input.flag('ForceAliasCreation'));
      pool.users.save(made);
      return made;
    });
    if (action !== 'SUPPRESS') await sendInvitation(pool, user, { input, password });
    return { User: userResponse(user) };
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
    checkAttributes(pool.store, attributes);
    // A new address is not verified, unless the same request says so.
    const unverified = attributes.flatMap(({ Name, Value }) =>
      isContact(Name) && Value !== attributeOf(user, Name) ? [verification(Name, false)] : [],
    );
    const changed = withAttributes(withAttributes(user, unverified), attributes);
    claimNames(pool.store, changed);
    pool.users.save(changed);
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
    deleteUser(pool, userOf(pool, input));
    return {};
  },
};

const isContact = (name: string): name is Contact => name === 'email' || name === 'phone_number';

function checkNew({ users }: Pool, name: string): void {
  if (users.find(name) !== undefined)
    throw awsError('UsernameExistsException', 'User account already exists');
}

function readNewUser(pool: Pool, input: Input) {
  const given = input.attributes('UserAttributes').filter(({ Name }) => Name !== 'sub');
  const named = nameNewUser(pool.store, input.text('Username'), given);
  checkAttributes(pool.store, named.attributes, { isNew: true });
  checkNew(pool, input.text('Username'));
  return named;
}

interface Invitation {
  readonly input: Input;
  readonly password: string;
}

/** By the media of the request, or by SMS, which is AWS's default, where the user has no email. */
async function sendInvitation(pool: Pool, user: UserRecord, { input, password }: Invitation) {
  const has = (name: Contact): boolean => attributeOf(user, name) !== undefined;
  const asked = input.list('DesiredDeliveryMediums');
  const media = asked.length > 0 ? asked : has('email') ? ['EMAIL'] : ['SMS'];
  const contacts = (['email', 'phone_number'] as const).filter((contact) =>
    media.includes(contact === 'email' ? 'EMAIL' : 'SMS'),
  );
  const metadata = input.strings('ClientMetadata');
  for (const contact of contacts.filter(has))
    await deliver(pool, {
      ...{ kind: 'AdminCreateUser', user, contact, code: password },
      ...{ clientId: NO_CLIENT, metadata },
    });
}

/** Sends the invitation again, with a new temporary password. */
async function invite(pool: Pool, input: Input): Promise<UserRecord> {
  const user = userOf(pool, input);
  if (user.UserStatus !== 'FORCE_CHANGE_PASSWORD')
    throw awsError(
      'UnsupportedUserStateException',
      'Resend not possible. User status is not FORCE_CHANGE_PASSWORD',
    );
  const password = input.maybe('TemporaryPassword') ?? makeTemporaryPassword();
  const changed = withPassword(pool.store, user, password);
  pool.users.save(changed);
  await sendInvitation(pool, changed, { input, password });
  return changed;
}
