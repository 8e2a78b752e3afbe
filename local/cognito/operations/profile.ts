/**
 * What a signed-in person does to their own account. cognito-local decodes the access token without
 * verifying it, lets people mark their own email as verified, and takes an email that someone has.
 */
import {
  attributeOf,
  checkAttributes,
  checkEmailFree,
  emailUnverified,
  emailVerified,
  withAttributes,
  withoutAttributes,
} from '../accounts.ts';
import { invalidParameter } from '../errors.ts';
import { type Kit, type Room, signedIn } from '../kit.ts';
import { checkCode, deliveryTo, type MessageKind, makeCode, withCode } from '../mailbox.ts';
import type { Attribute, LocalUser } from '../user-pool.ts';

export const profile: Room = (kit) => ({
  GetUser: (call) => {
    const user = signedIn(call);
    return {
      Username: user.Username,
      UserAttributes: user.Attributes,
      MFAOptions: user.MFAOptions,
      PreferredMfaSetting: user.PreferredMfaSetting,
      UserMFASettingList: user.UserMFASettingList,
    };
  },

  UpdateUserAttributes: (call) => {
    const user = signedIn(call);
    const attributes = call.input.attributes('UserAttributes');
    checkAttributes(kit.pool, attributes, 'user');
    return changeAttributes(kit, user, attributes);
  },

  DeleteUserAttributes: (call) => {
    const names = call.input.list('UserAttributeNames');
    kit.pool.save(withoutAttributes(kit.pool, signedIn(call), names));
    return {};
  },

  GetUserAttributeVerificationCode: (call) => {
    const user = signedIn(call);
    checkIsEmail(call.input.text('AttributeName'));
    return { CodeDeliveryDetails: mailCode(kit, user, 'VerifyUserAttribute') };
  },

  VerifyUserAttribute: (call) => {
    const user = signedIn(call);
    checkIsEmail(call.input.text('AttributeName'));
    checkCode(user, 'verifyEmail', call.input.text('Code'));
    const email = pendingEmail(user);
    if (email !== undefined) checkEmailFree(kit.pool, user, email);
    const { UnverifiedAttributeChanges: _applied, ...rest } = withCode(user, 'verifyEmail');
    const changes = email === undefined ? [] : [{ Name: 'email', Value: email }];
    kit.pool.save(withAttributes(rest, [...changes, emailVerified]));
    return {};
  },

  DeleteUser: async (call) => {
    await kit.pool.deleteUser(kit.ctx, signedIn(call));
    return {};
  },
});

function checkIsEmail(name: string): void {
  if (name !== 'email') throw invalidParameter('Only the attribute email can be verified here.');
}

const pendingEmail = (user: LocalUser): string | undefined =>
  (user.UnverifiedAttributeChanges as readonly Attribute[] | undefined)?.find(
    ({ Name }) => Name === 'email',
  )?.Value;

/**
 * A new email is mailed a code. Whether it replaces the old one before it is verified is a setting of
 * the pool, `AttributesRequireVerificationBeforeUpdate`.
 */
function changeAttributes(kit: Kit, user: LocalUser, attributes: readonly Attribute[]): object {
  const email = attributes.find(({ Name }) => Name === 'email')?.Value;
  if (email === undefined || email === attributeOf(user, 'email')) {
    kit.pool.save(withAttributes(user, attributes));
    return { CodeDeliveryDetailsList: [] };
  }
  checkEmailFree(kit.pool, user, email);
  const settings = kit.pool.options.UserAttributeUpdateSettings;
  const waits: boolean =
    settings?.AttributesRequireVerificationBeforeUpdate?.includes('email') ?? false;
  const now = attributes.filter(({ Name }) => !waits || Name !== 'email');
  const changed = withAttributes(user, waits ? now : [...now, emailUnverified]);
  const pending = { UnverifiedAttributeChanges: [{ Name: 'email', Value: email }] };
  const details = mailCode(
    kit,
    waits ? { ...changed, ...pending } : changed,
    'UpdateUserAttribute',
  );
  return { CodeDeliveryDetailsList: [details] };
}

/** Saves the user with a fresh code and mails it to the address that is to be verified. */
function mailCode(kit: Kit, user: LocalUser, kind: MessageKind): object {
  const email = pendingEmail(user) ?? attributeOf(user, 'email') ?? '';
  const code = makeCode('verifyEmail');
  kit.pool.save(withCode(user, 'verifyEmail', code));
  kit.mailbox.send(kind, email, code.code);
  return deliveryTo(email);
}
