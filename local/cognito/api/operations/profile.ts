/** A signed-in person's own account. */
import {
  attributeOf,
  checkAttributes,
  checkEmailFree,
  emailUnverified,
  emailVerified,
  withAttributes,
  withoutAttributes,
} from '../../core/attributes.ts';
import { checkCode, deliveryTo, makeCode, withCode } from '../../core/codes.ts';
import { invalidParameter } from '../../core/errors.ts';
import type { Pool } from '../../core/pool.ts';
import type { MessageKind } from '../../mail/mailbox.ts';
import type { Attribute, UserRecord } from '../../store/records.ts';
import { type Operations, signedIn } from '../operation.ts';

export const profile: Operations = {
  GetUser: (_pool, call) => {
    const user = signedIn(call);
    return {
      Username: user.Username,
      UserAttributes: user.Attributes,
      PreferredMfaSetting: user.PreferredMfaSetting,
      UserMFASettingList: user.UserMFASettingList,
    };
  },

  UpdateUserAttributes: (pool, call) => {
    const user = signedIn(call);
    const attributes = call.input.attributes('UserAttributes');
    checkAttributes(pool.store, attributes, 'user');
    return changeAttributes(pool, user, attributes);
  },

  DeleteUserAttributes: (pool, call) => {
    const names = call.input.list('UserAttributeNames');
    pool.users.save(withoutAttributes(pool.store, signedIn(call), names));
    return {};
  },

  GetUserAttributeVerificationCode: (pool, call) => {
    const user = signedIn(call);
    checkIsEmail(call.input.text('AttributeName'));
    return { CodeDeliveryDetails: mailCode(pool, user, 'VerifyUserAttribute') };
  },

  VerifyUserAttribute: (pool, call) => {
    const user = signedIn(call);
    checkIsEmail(call.input.text('AttributeName'));
    checkCode(user, 'verifyEmail', call.input.text('Code'));
    const email = user.pendingEmail;
    if (email !== undefined) checkEmailFree(pool.store, user, email);
    const { pendingEmail: _applied, ...rest } = withCode(user, 'verifyEmail');
    const changes = email === undefined ? [] : [{ Name: 'email', Value: email }];
    pool.users.save(withAttributes(rest, [...changes, emailVerified]));
    return {};
  },

  DeleteUser: (pool, call) => {
    pool.users.delete(signedIn(call));
    return {};
  },
};

function checkIsEmail(name: string): void {
  if (name !== 'email') throw invalidParameter('Only the attribute email can be verified here.');
}

/**
 * A new email gets a code by mail. The pool's setting `AttributesRequireVerificationBeforeUpdate` decides
 * whether it replaces the old one before it is verified.
 */
function changeAttributes(pool: Pool, user: UserRecord, attributes: readonly Attribute[]): object {
  const email = attributes.find(({ Name }) => Name === 'email')?.Value;
  if (email === undefined || email === attributeOf(user, 'email')) {
    pool.users.save(withAttributes(user, attributes));
    return { CodeDeliveryDetailsList: [] };
  }
  checkEmailFree(pool.store, user, email);
  const settings = pool.store.settings.UserAttributeUpdateSettings;
  const waits = settings?.AttributesRequireVerificationBeforeUpdate?.includes('email') ?? false;
  const now = attributes.filter(({ Name }) => !waits || Name !== 'email');
  const changed = withAttributes(user, waits ? now : [...now, emailUnverified]);
  const next = waits ? { ...changed, pendingEmail: email } : changed;
  return { CodeDeliveryDetailsList: [mailCode(pool, next, 'UpdateUserAttribute')] };
}

/** Saves the user with a fresh code, and mails it to the address that is to be verified. */
function mailCode(pool: Pool, user: UserRecord, kind: MessageKind): object {
  const email = user.pendingEmail ?? attributeOf(user, 'email') ?? '';
  const code = makeCode('verifyEmail');
  pool.users.save(withCode(user, 'verifyEmail', code));
  pool.mailbox.send(kind, email, code.code);
  return deliveryTo(email);
}
