/**
 * All operations of the pool: ours where cognito-local has none or errs, cognito-local's otherwise.
 * An access token in a request is verified here, before any operation sees it.
 */
import { isSupportedTarget } from 'cognito-local/lib/targets/Target.js';
import { awsError } from './errors.ts';
import { Input } from './input.ts';
import type { Kit, Operation, Operations } from './kit.ts';
import { callBase } from './kit.ts';
import { adminUsers } from './operations/admin-users.ts';
import { directory } from './operations/directory.ts';
import { mfa } from './operations/mfa.ts';
import { passwords } from './operations/passwords.ts';
import { pool } from './operations/pool.ts';
import { profile } from './operations/profile.ts';
import { sessions } from './operations/sessions.ts';
import { signIn } from './operations/sign-in.ts';
import { signUp } from './operations/sign-up.ts';

const ROOMS = [adminUsers, directory, mfa, passwords, pool, profile, sessions, signIn, signUp];

/** These wait for the trigger; what they change they change in turn, or in one step. */
const UNQUEUED = new Set([
  'AdminInitiateAuth',
  'AdminRespondToAuthChallenge',
  'GetTokensFromRefreshToken',
  'InitiateAuth',
  'RespondToAuthChallenge',
]);

/** What needs no AWS credentials, and so can be called from a web page. */
const PUBLIC = new Set([
  'AssociateSoftwareToken',
  'ChangePassword',
  'ConfirmForgotPassword',
  'ConfirmSignUp',
  'DeleteUser',
  'DeleteUserAttributes',
  'ForgotPassword',
  'GetTokensFromRefreshToken',
  'GetUser',
  'GetUserAttributeVerificationCode',
  'GlobalSignOut',
  'InitiateAuth',
  'ResendConfirmationCode',
  'RespondToAuthChallenge',
  'RevokeToken',
  'SetUserMFAPreference',
  'SignUp',
  'UpdateUserAttributes',
  'VerifySoftwareToken',
  'VerifyUserAttribute',
]);

/** @throws CognitoError `MissingAuthenticationTokenException` where a page would need credentials. */
export function checkPageMay(name: string): void {
  if (!PUBLIC.has(name))
    throw awsError(
      'MissingAuthenticationTokenException',
      `${name} needs AWS credentials, which a web page does not have.`,
    );
}

/** Runs an operation by name with a JSON body. */
export type Dispatch = (name: string, body: unknown) => Promise<object>;

export function makeDispatch(kit: Kit): Dispatch {
  const own: Operations = Object.assign(Object.create(null), ...ROOMS.map((room) => room(kit)));
  const find = (name: string): Operation => {
    if (own[name]) return own[name];
    if (isSupportedTarget(name)) return ({ input }) => callBase(kit, name, input);
    throw awsError('UnknownOperationException', `The local user pool has no operation ${name}.`);
  };
  return async (name, body) => {
    const operation = find(name);
    const input = new Input(body);
    const run = async (): Promise<object> => {
      const token = input.maybe('AccessToken');
      const caller = token === undefined ? undefined : await kit.tokens.verify(token);
      return operation({ input, caller });
    };
    return UNQUEUED.has(name) ? run() : kit.queue.run(run);
  };
}
