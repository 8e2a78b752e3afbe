/** A signed-in person's own account. */

import type { MessageKind } from '@cognito-supabase/contract/messages';
import { invalidParameter } from '../../core/errors.ts';
import type { Pool } from '../../core/pool/pool.ts';
import { deleteUser } from '../../core/users/accounts.ts';
import {
  attributeOf,
  checkAttributes,
  readable,
  verification,
  withAttributes,
  withoutAttributes,
} from '../../core/users/attributes.ts';
import { checkCode, makeCode, withCode } from '../../core/users/codes.ts';
import { deliver } from '../../core/users/delivery.ts';
import { claimNames } from '../../core/users/names.ts';
import type { Attribute, Contact, UserRecord } from '../../store/records.ts';
import { type Call, callingClient, type Operations, signedIn } from '../operation.ts';

export const profile: Operations = {
  GetUser: (pool, call) => {
    const user = signedIn(call);
    return {
      Username: user.Username,
      UserAttributes: readable(user, callingClient(pool, call)),
      PreferredMfaSetting: user.PreferredMfaSetting,
      UserMFASettingList: user.UserMFASettingList,
    };
  },

  UpdateUserAttributes: async (pool, call) => {
    const attributes = call.input.attributes('UserAttributes');
    signedIn(call);
    checkAttributes(pool.store, attributes, { client: callingClient(pool, call) });
    return changeAttributes(pool, call, attributes);
  },

  DeleteUserAttributes: (pool, call) => {
    const names = call.input.list('UserAttributeNames');
    const deletions = names.map((Name) => ({ Name, Value: '' }));
    const user = signedIn(call);
    checkAttributes(pool.store, deletions, { client: callingClient(pool, call) });
    pool.users.save(withoutAttributes(pool.store, user, names));
    return {};
  },

  GetUserAttributeVerificationCode: async (pool, call) => {
    signedIn(call);
    const contact = contactNamed(call);
    return {
      CodeDeliveryDetails: await sendCode(pool, call, { contact, kind: 'VerifyUserAttribute' }),
    };
  },

  VerifyUserAttribute: (pool, call) => {
    const user = signedIn(call);
    const contact = contactNamed(call);
    checkCode(user, contact, call.input.text('Code'));
    const { [contact]: value, ...pending } = user.pending ?? {};
    const changes = value === undefined ? [] : [{ Name: contact, Value: value }];
    const changed = withAttributes({ ...withCode(user, contact), pending }, [
      ...changes,
      verification(contact, true),
    ]);
    claimNames(pool.store, changed);
    pool.users.save(changed);
    return {};
  },

  DeleteUser: (pool, call) => {
    deleteUser(pool, signedIn(call));
    return {};
  },
};

function contactNamed({ input }: Call): Contact {
  const name = input.text('AttributeName');
  if (name !== 'email' && name !== 'phone_number')
    throw invalidParameter(`Attribute ${name} cannot be verified. Name email or phone_number.`);
  return name;
}

/**
 * A new address gets a code. The pool's setting `AttributesRequireVerificationBeforeUpdate` decides whether it
 * replaces the old one before it is verified.
 */
async function changeAttributes(
  pool: Pool,
  call: Call,
  attributes: readonly Attribute[],
): Promise<object> {
  const user = signedIn(call);
  const { UserAttributeUpdateSettings: updates, AutoVerifiedAttributes: verified = [] } =
    pool.store.settings;
  const waiting: readonly string[] = updates?.AttributesRequireVerificationBeforeUpdate ?? [];
  const contacts = (['email', 'phone_number'] as const).flatMap((contact) => {
    const value = attributes.find(({ Name }) => Name === contact)?.Value;
    return value && value !== attributeOf(user, contact) ? [{ contact, value }] : [];
  });
  const waits = ({ contact }: { readonly contact: Contact }) => waiting.includes(contact);
  const pending = Object.fromEntries(
    contacts.filter(waits).map(({ contact, value }) => [contact, value]),
  );
  const unverified = contacts
    .filter((one) => !waits(one))
    .map(({ contact }) => verification(contact, false));
  const now = attributes.filter(({ Name }) => !Object.hasOwn(pending, Name));
  const changed = {
    ...withAttributes(user, [...now, ...unverified]),
    pending: { ...user.pending, ...pending },
  };
  pool.store.transaction(() => {
    claimNames(pool.store, changed);
    // An address that waits must be free as well, or its code could never be used.
    const later = contacts.map(({ contact, value }) => ({ Name: contact, Value: value }));
    claimNames(pool.store, withAttributes(changed, later));
    pool.users.save(changed);
  });
  const sent: object[] = [];
  for (const { contact } of contacts)
    if (verified.includes(contact) || waits({ contact }))
      sent.push(await sendCode(pool, call, { contact, kind: 'UpdateUserAttribute' }));
  return { CodeDeliveryDetailsList: sent };
}

interface CodeRequest {
  readonly contact: Contact;
  readonly kind: MessageKind;
}

/** Keeps a fresh code, and sends it to the address that is to be verified. */
function sendCode(pool: Pool, call: Call, { contact, kind }: CodeRequest): Promise<object> {
  const current = signedIn(call);
  const user: UserRecord = pool.users.get(current.Username) ?? current;
  const to = user.pending?.[contact] ?? attributeOf(user, contact);
  if (to === undefined) throw invalidParameter(`User has no ${contact}.`);
  const made = makeCode(contact);
  pool.users.save(withCode(user, contact, made));
  const clientId = call.caller?.clientId ?? '';
  const metadata = call.input.strings('ClientMetadata');
  return deliver(pool, { kind, user, contact, to, code: made.code, clientId, metadata });
}
