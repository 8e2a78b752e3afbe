/**
 * Signing oneself up. cognito-local takes any password and any attribute (the `sub` among them),
 * finds an email only in the case it was typed in, never lets a code expire, does not mark the email
 * as verified, and cannot send a code again.
 */
import {
  attributeOf,
  checkAttributes,
  checkEmailName,
  emailUnverified,
  emailVerified,
  hidesUsers,
  makeUser,
  touched,
  withAttributes,
} from '../accounts.ts';
import { awsError, expiredCode, invalidParameter, notAuthorized, userNotFound } from '../errors.ts';
import { type Call, clientOf, type Kit, type Room, userOf } from '../kit.ts';
import { checkCode, deliveryTo, makeCode, withCode } from '../mailbox.ts';
import { checkSecretHash } from '../secrets.ts';

export const signUp: Room = (kit) => ({
  SignUp: async (call) => {
    const { email, password, attributes } = await readSignUp(kit, call);
    const code = makeCode('signUp');
    const user = makeUser(kit.pool, {
      email,
      password,
      status: 'UNCONFIRMED',
      attributes: [...attributes, emailUnverified],
    });
    kit.pool.save(withCode(user, 'signUp', code));
    kit.mailbox.send('SignUp', email, code.code);
    return {
      UserConfirmed: false,
      UserSub: user.Username,
      CodeDeliveryDetails: deliveryTo(email),
    };
  },

  ConfirmSignUp: async ({ input }) => {
    const client = await clientOf(kit, input);
    const name = input.text('Username');
    checkSecretHash(client, name, input.maybe('SecretHash'));
    const user = kit.pool.find(name);
    if (user === undefined) throw hidesUsers(client) ? expiredCode() : userNotFound();
    if (user.UserStatus !== 'UNCONFIRMED')
      throw notAuthorized(`User cannot be confirmed. Current status is ${user.UserStatus}`);
    checkCode(user, 'signUp', input.text('ConfirmationCode'));
    const confirmed = { ...withCode(user, 'signUp'), UserStatus: 'CONFIRMED' };
    kit.pool.save(withAttributes(confirmed, [emailVerified]));
    return {};
  },

  ResendConfirmationCode: async ({ input }) => {
    const client = await clientOf(kit, input);
    const name = input.text('Username');
    checkSecretHash(client, name, input.maybe('SecretHash'));
    const user = kit.pool.find(name);
    if (user === undefined) {
      if (hidesUsers(client)) return { CodeDeliveryDetails: deliveryTo(name) };
      throw userNotFound();
    }
    if (user.UserStatus !== 'UNCONFIRMED') throw invalidParameter('User is already confirmed.');
    const email = attributeOf(user, 'email') ?? '';
    const code = makeCode('signUp');
    kit.pool.save(withCode(user, 'signUp', code));
    kit.mailbox.send('ResendCode', email, code.code);
    return { CodeDeliveryDetails: deliveryTo(email) };
  },

  AdminConfirmSignUp: ({ input }) => {
    const user = userOf(kit, input);
    if (user.UserStatus !== 'UNCONFIRMED')
      throw notAuthorized(`User cannot be confirmed. Current status is ${user.UserStatus}`);
    kit.pool.save(touched({ ...withCode(user, 'signUp'), UserStatus: 'CONFIRMED' }));
    return {};
  },
});

async function readSignUp(kit: Kit, { input }: Call) {
  const client = await clientOf(kit, input);
  const email = input.text('Username');
  checkSecretHash(client, email, input.maybe('SecretHash'));
  checkEmailName(email);
  const attributes = input.attributes('UserAttributes');
  checkAttributes(kit.pool, attributes, 'user');
  const given = attributes.find(({ Name }) => Name === 'email')?.Value ?? email;
  if (given.toLowerCase() !== email.toLowerCase())
    throw invalidParameter('Username and the attribute email must be the same address.');
  if (kit.pool.find(email) !== undefined)
    throw awsError('UsernameExistsException', 'User already exists');
  return { email, password: input.text('Password'), attributes };
}
