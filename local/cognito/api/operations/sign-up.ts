/** Signing up, and confirming the account. */

import { expiredCode, invalidParameter, notAuthorized, userNotFound } from '../../core/errors.ts';
import type { Pool } from '../../core/pool/pool.ts';
import { checkSecretHash } from '../../core/sign-in/secrets.ts';
import { hidesUsers, makeUser, subOf } from '../../core/users/accounts.ts';
import {
  checkAttributes,
  checkRequired,
  touched,
  verification,
  withAttributes,
} from '../../core/users/attributes.ts';
import { checkCode, makeCode, withCode } from '../../core/users/codes.ts';
import { confirmationContact, deliver, deliveryTo } from '../../core/users/delivery.ts';
import { checkNameFree, claimNames, nameNewUser } from '../../core/users/names.ts';
import type { Attribute, ClientRecord, Contact, UserRecord } from '../../store/records.ts';
import { NO_CLIENT, type SignUpDecision } from '../../triggers/triggers.ts';
import type { Input } from '../input.ts';
import { type Call, clientOf, type Operations, userOf } from '../operation.ts';

export const signUp: Operations = {
  SignUp: async (pool, call) => {
    const { input } = call;
    const { name, password, named, clientId } = readSignUp(pool, call);
    const metadata = input.strings('ClientMetadata');
    const decision = await pool.triggers.preSignUp({
      ...{ clientId, metadata, source: 'PreSignUp_SignUp', username: named.username },
      attributes: named.attributes,
      validationData: textsOf(input.attributes('ValidationData')),
    });
    const user = pool.store.transaction(() => {
      // The trigger takes time, so the name may have been taken since.
      checkNameFree(pool.store, name);
      return addUser(pool, { ...named, password }, decision);
    });
    const occasion = { clientId, metadata };
    if (decision.confirm) {
      await pool.triggers.postConfirmation(user, 'PostConfirmation_ConfirmSignUp', occasion);
      return { UserConfirmed: true, UserSub: subOf(user) };
    }
    const contact = confirmationContact(pool, user);
    const CodeDeliveryDetails =
      contact && (await sendCode(pool, user, { kind: 'SignUp', contact, ...occasion }));
    return { UserConfirmed: false, UserSub: subOf(user), CodeDeliveryDetails };
  },

  ConfirmSignUp: async (pool, { input }) => {
    const { client, user } = namedUser(pool, input);
    if (user === undefined) throw hidesUsers(client) ? expiredCode() : userNotFound();
    checkUnconfirmed(user);
    checkCode(user, 'signUp', input.text('ConfirmationCode'));
    const changed = { ...withCode(user, 'signUp'), UserStatus: 'CONFIRMED' as const };
    const contact = confirmationContact(pool, user);
    const confirmed = withAttributes(changed, contact ? [verification(contact, true)] : []);
    pool.store.transaction(() => {
      claimNames(pool.store, confirmed, input.flag('ForceAliasCreation'));
      pool.users.save(confirmed);
    });
    await pool.triggers.postConfirmation(confirmed, 'PostConfirmation_ConfirmSignUp', {
      clientId: client.ClientId,
      metadata: input.strings('ClientMetadata'),
    });
    return {};
  },

  ResendConfirmationCode: async (pool, { input }) => {
    const { client, user, name } = namedUser(pool, input);
    if (user === undefined) {
      if (hidesUsers(client)) return { CodeDeliveryDetails: deliveryTo('email', name) };
      throw userNotFound();
    }
    if (user.UserStatus !== 'UNCONFIRMED') throw invalidParameter('User is already confirmed.');
    const contact = confirmationContact(pool, user);
    if (contact === undefined)
      throw invalidParameter('Cannot resend codes. Auto verification not turned on.');
    const metadata = input.strings('ClientMetadata');
    const occasion = { kind: 'ResendCode', contact, clientId: client.ClientId, metadata } as const;
    return { CodeDeliveryDetails: await sendCode(pool, user, occasion) };
  },

  AdminConfirmSignUp: async (pool, { input }) => {
    const user = userOf(pool, input);
    checkUnconfirmed(user);
    const confirmed = touched({ ...withCode(user, 'signUp'), UserStatus: 'CONFIRMED' });
    pool.users.save(confirmed);
    await pool.triggers.postConfirmation(confirmed, 'PostConfirmation_ConfirmSignUp', {
      clientId: NO_CLIENT,
      metadata: input.strings('ClientMetadata'),
    });
    return {};
  },
};

/** The user that an app names, or undefined. The caller decides what error an unknown name gets. */
function namedUser(pool: Pool, input: Input) {
  const client: ClientRecord = clientOf(pool, input);
  const name = input.text('Username');
  checkSecretHash(client, name, input.maybe('SecretHash'));
  return { client, name, user: pool.users.find(name) };
}

function checkUnconfirmed({ UserStatus }: UserRecord): void {
  if (UserStatus !== 'UNCONFIRMED')
    throw notAuthorized(`User cannot be confirmed. Current status is ${UserStatus}`);
}

type SignUp = ReturnType<typeof readSignUp>['named'] & { readonly password: string };

/** Stores the user. An address that is verified may be a name at sign-in, so it must be free. */
function addUser(pool: Pool, signUp: SignUp, decision: SignUpDecision): UserRecord {
  const user = makeUser(pool.store, {
    ...signUp,
    status: decision.confirm ? 'CONFIRMED' : 'UNCONFIRMED',
    attributes: [...signUp.attributes, ...verifications(signUp.attributes, decision)],
  });
  claimNames(pool.store, user);
  pool.users.save(user);
  return user;
}

function verifications(
  attributes: readonly Attribute[],
  { verifyEmail, verifyPhone }: SignUpDecision,
): readonly Attribute[] {
  const decided = [
    ['email', verifyEmail],
    ['phone_number', verifyPhone],
  ] as const;
  return decided
    .filter(([contact]) => attributes.some(({ Name }) => Name === contact))
    .map(([contact, isVerified]) => verification(contact, isVerified));
}

interface CodeRequest {
  readonly kind: 'SignUp' | 'ResendCode';
  readonly contact: Contact;
  readonly clientId: string;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

function sendCode(pool: Pool, user: UserRecord, request: CodeRequest): Promise<object> {
  const { code, ...kept } = makeCode('signUp');
  pool.users.save(withCode(user, 'signUp', { code, ...kept }));
  return deliver(pool, { ...request, user, code });
}

const textsOf = (attributes: readonly Attribute[]): Record<string, string> =>
  Object.fromEntries(attributes.map(({ Name, Value }) => [Name, Value]));

function readSignUp(pool: Pool, { input }: Call) {
  const client = clientOf(pool, input);
  const name = input.text('Username');
  checkSecretHash(client, name, input.maybe('SecretHash'));
  if (pool.store.settings.AdminCreateUserConfig?.AllowAdminCreateUserOnly)
    throw notAuthorized('SignUp is not permitted for this user pool');
  const given = input.attributes('UserAttributes');
  const named = nameNewUser(pool.store, name, given);
  checkAttributes(pool.store, given, { client, isNew: true });
  checkRequired(pool.store, named.attributes);
  checkNameFree(pool.store, name);
  return { name, named, password: input.text('Password'), clientId: client.ClientId };
}
