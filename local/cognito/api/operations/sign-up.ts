/** Signing up, and confirming the account. */
import { hidesUsers, makeUser } from '../../core/accounts.ts';
import {
  attributeOf,
  checkAttributes,
  checkEmailName,
  emailUnverified,
  emailVerified,
  touched,
  withAttributes,
} from '../../core/attributes.ts';
import { checkCode, deliveryTo, makeCode, withCode } from '../../core/codes.ts';
import {
  awsError,
  expiredCode,
  invalidParameter,
  notAuthorized,
  userNotFound,
} from '../../core/errors.ts';
import type { Pool } from '../../core/pool.ts';
import { checkSecretHash } from '../../core/secrets.ts';
import { type Call, clientOf, type Operations, userOf } from '../operation.ts';

export const signUp: Operations = {
  SignUp: (pool, call) => {
    const { email, password, attributes } = readSignUp(pool, call);
    const code = makeCode('signUp');
    const user = makeUser(pool.store, {
      email,
      password,
      status: 'UNCONFIRMED',
      attributes: [...attributes, emailUnverified],
    });
    pool.users.save(withCode(user, 'signUp', code));
    pool.mailbox.send('SignUp', email, code.code);
    return {
      UserConfirmed: false,
      UserSub: user.Username,
      CodeDeliveryDetails: deliveryTo(email),
    };
  },

  ConfirmSignUp: (pool, { input }) => {
    const client = clientOf(pool, input);
    const name = input.text('Username');
    checkSecretHash(client, name, input.maybe('SecretHash'));
    const user = pool.users.find(name);
    if (user === undefined) throw hidesUsers(client) ? expiredCode() : userNotFound();
    if (user.UserStatus !== 'UNCONFIRMED')
      throw notAuthorized(`User cannot be confirmed. Current status is ${user.UserStatus}`);
    checkCode(user, 'signUp', input.text('ConfirmationCode'));
    const confirmed = { ...withCode(user, 'signUp'), UserStatus: 'CONFIRMED' as const };
    pool.users.save(withAttributes(confirmed, [emailVerified]));
    return {};
  },

  ResendConfirmationCode: (pool, { input }) => {
    const client = clientOf(pool, input);
    const name = input.text('Username');
    checkSecretHash(client, name, input.maybe('SecretHash'));
    const user = pool.users.find(name);
    if (user === undefined) {
      if (hidesUsers(client)) return { CodeDeliveryDetails: deliveryTo(name) };
      throw userNotFound();
    }
    if (user.UserStatus !== 'UNCONFIRMED') throw invalidParameter('User is already confirmed.');
    const email = attributeOf(user, 'email') ?? '';
    const code = makeCode('signUp');
    pool.users.save(withCode(user, 'signUp', code));
    pool.mailbox.send('ResendCode', email, code.code);
    return { CodeDeliveryDetails: deliveryTo(email) };
  },

  AdminConfirmSignUp: (pool, { input }) => {
    const user = userOf(pool, input);
    if (user.UserStatus !== 'UNCONFIRMED')
      throw notAuthorized(`User cannot be confirmed. Current status is ${user.UserStatus}`);
    pool.users.save(touched({ ...withCode(user, 'signUp'), UserStatus: 'CONFIRMED' }));
    return {};
  },
};

function readSignUp(pool: Pool, { input }: Call) {
  const client = clientOf(pool, input);
  const email = input.text('Username');
  checkSecretHash(client, email, input.maybe('SecretHash'));
  checkEmailName(email);
  const attributes = input.attributes('UserAttributes');
  checkAttributes(pool.store, attributes, 'user');
  const given = attributes.find(({ Name }) => Name === 'email')?.Value ?? email;
  if (given.toLowerCase() !== email.toLowerCase())
    throw invalidParameter('Username and the attribute email must be the same address.');
  if (pool.users.find(email) !== undefined)
    throw awsError('UsernameExistsException', 'User already exists');
  return { email, password: input.text('Password'), attributes };
}
