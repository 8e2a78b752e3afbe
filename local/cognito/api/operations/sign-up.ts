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
import type { Attribute, UserRecord } from '../../store/records.ts';
import { NO_CLIENT, type SignUpDecision } from '../../triggers/triggers.ts';
import { type Call, clientOf, type Operations, userOf } from '../operation.ts';

export const signUp: Operations = {
  SignUp: async (pool, call) => {
    const { input } = call;
    const { email, password, attributes, clientId } = readSignUp(pool, call);
    const metadata = input.strings('ClientMetadata');
    const decision = await pool.triggers.preSignUp({
      ...{ clientId, metadata, source: 'PreSignUp_SignUp', username: email },
      attributes: [...attributes, { Name: 'email', Value: email }],
      validationData: textsOf(input.attributes('ValidationData')),
    });
    const user = pool.store.transaction(() =>
      addUser(pool, { email, password, attributes }, decision),
    );
    if (decision.confirm)
      await pool.triggers.postConfirmation(user, 'PostConfirmation_ConfirmSignUp', {
        clientId,
        metadata,
      });
    return {
      UserConfirmed: decision.confirm,
      UserSub: user.Username,
      ...(!decision.confirm && { CodeDeliveryDetails: deliveryTo(email) }),
    };
  },

  ConfirmSignUp: async (pool, { input }) => {
    const client = clientOf(pool, input);
    const name = input.text('Username');
    checkSecretHash(client, name, input.maybe('SecretHash'));
    const user = pool.users.find(name);
    if (user === undefined) throw hidesUsers(client) ? expiredCode() : userNotFound();
    if (user.UserStatus !== 'UNCONFIRMED')
      throw notAuthorized(`User cannot be confirmed. Current status is ${user.UserStatus}`);
    checkCode(user, 'signUp', input.text('ConfirmationCode'));
    const changed = { ...withCode(user, 'signUp'), UserStatus: 'CONFIRMED' as const };
    const confirmed = withAttributes(changed, [emailVerified]);
    pool.users.save(confirmed);
    await pool.triggers.postConfirmation(confirmed, 'PostConfirmation_ConfirmSignUp', {
      clientId: client.ClientId,
      metadata: input.strings('ClientMetadata'),
    });
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

  AdminConfirmSignUp: async (pool, { input }) => {
    const user = userOf(pool, input);
    if (user.UserStatus !== 'UNCONFIRMED')
      throw notAuthorized(`User cannot be confirmed. Current status is ${user.UserStatus}`);
    const confirmed = touched({ ...withCode(user, 'signUp'), UserStatus: 'CONFIRMED' });
    pool.users.save(confirmed);
    await pool.triggers.postConfirmation(confirmed, 'PostConfirmation_ConfirmSignUp', {
      clientId: NO_CLIENT,
      metadata: input.strings('ClientMetadata'),
    });
    return {};
  },
};

function checkFree({ users }: Pool, email: string): void {
  if (users.find(email) !== undefined)
    throw awsError('UsernameExistsException', 'User already exists');
}

type SignUp = Pick<ReturnType<typeof readSignUp>, 'email' | 'password' | 'attributes'>;

/** Stores the user, and mails a code if the trigger has not confirmed the account. */
function addUser(
  pool: Pool,
  { email, password, attributes }: SignUp,
  { confirm, verifyEmail }: SignUpDecision,
): UserRecord {
  // The trigger takes time, so the address may have been taken since.
  checkFree(pool, email);
  const user = makeUser(pool.store, {
    ...{ email, password },
    status: confirm ? 'CONFIRMED' : 'UNCONFIRMED',
    attributes: [...attributes, verifyEmail ? emailVerified : emailUnverified],
  });
  const code = confirm ? undefined : makeCode('signUp');
  const stored = code === undefined ? user : withCode(user, 'signUp', code);
  pool.users.save(stored);
  if (code !== undefined) pool.mailbox.send('SignUp', email, code.code);
  return stored;
}

const textsOf = (attributes: readonly Attribute[]): Record<string, string> =>
  Object.fromEntries(attributes.map(({ Name, Value }) => [Name, Value]));

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
  checkFree(pool, email);
  return { email, password: input.text('Password'), attributes, clientId: client.ClientId };
}
