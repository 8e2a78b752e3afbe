/**
 * Runs an operation by name: checks its input against the service's model, finds its pool, verifies an
 * access token in the request, and runs it. A synchronous operation is one transaction.
 */
import { awsError, notAuthorized } from '../core/errors.ts';
import type { Pool } from '../core/pool/pool.ts';
import type { Service } from '../core/pool/service.ts';
import { Input } from './input.ts';
import { checkInput, isOperation } from './model.ts';
import type { Operations } from './operation.ts';
import { adminUsers } from './operations/admin-users.ts';
import { clientSecrets } from './operations/client-secrets.ts';
import { clients } from './operations/clients.ts';
import { devices } from './operations/devices.ts';
import { directory } from './operations/directory.ts';
import { factors } from './operations/factors.ts';
import { identityProviders } from './operations/identity-providers.ts';
import { importJobs } from './operations/import-jobs.ts';
import { keptSettings } from './operations/kept-settings.ts';
import { mfa } from './operations/mfa.ts';
import { passkeys } from './operations/passkeys.ts';
import { passwords } from './operations/passwords.ts';
import { poolExtras, serviceExtras } from './operations/pool-extras.ts';
import { pools, service as serviceOperations } from './operations/pools.ts';
import { profile } from './operations/profile.ts';
import { sessions } from './operations/sessions.ts';
import { signIn } from './operations/sign-in.ts';
import { signUp } from './operations/sign-up.ts';

const TABLES = [
  adminUsers,
  clients,
  clientSecrets,
  devices,
  directory,
  factors,
  identityProviders,
  importJobs,
  keptSettings,
  mfa,
  passkeys,
  passwords,
  poolExtras,
  pools,
  profile,
  sessions,
  signIn,
  signUp,
];
const OPERATIONS = new Map(TABLES.flatMap((table: Operations) => Object.entries(table)));
const SERVICE_OPERATIONS = new Map(Object.entries({ ...serviceOperations, ...serviceExtras }));

/** Operations that this emulator has. */
export const OFFERED: readonly string[] = [...OPERATIONS.keys(), ...SERVICE_OPERATIONS.keys()];

/** Operations without AWS credentials, which a web page may call. */
const PUBLIC = new Set([
  'AssociateSoftwareToken',
  'ChangePassword',
  'CompleteWebAuthnRegistration',
  'ConfirmDevice',
  'ConfirmForgotPassword',
  'ConfirmSignUp',
  'DeleteUser',
  'DeleteUserAttributes',
  'DeleteWebAuthnCredential',
  'ForgetDevice',
  'ForgotPassword',
  'GetDevice',
  'GetTokensFromRefreshToken',
  'GetUser',
  'GetUserAttributeVerificationCode',
  'GetUserAuthFactors',
  'GlobalSignOut',
  'InitiateAuth',
  'ListDevices',
  'ListUserSessions',
  'ListWebAuthnCredentials',
  'ResendConfirmationCode',
  'RespondToAuthChallenge',
  'RevokeToken',
  'RevokeUserSession',
  'SetUserMFAPreference',
  'SetUserSettings',
  'SignUp',
  'StartWebAuthnRegistration',
  'UpdateDeviceStatus',
  'UpdateUserAttributes',
  'VerifySoftwareToken',
  'VerifyUserAttribute',
]);

/** @throws CognitoError `MissingAuthenticationTokenException` if a page would need credentials. */
export function checkPageMay(name: string): void {
  if (!PUBLIC.has(name))
    throw awsError(
      'MissingAuthenticationTokenException',
      `${name} needs AWS credentials, which a web page does not have.`,
    );
}

/** Runs an operation by name with a JSON body. */
export type Dispatch = (name: string, body: unknown) => Promise<object>;

export function makeDispatch(service: Service): Dispatch {
  return async (name, body) => {
    const onService = SERVICE_OPERATIONS.get(name);
    const operation = OPERATIONS.get(name);
    if (onService === undefined && operation === undefined) throw notOffered(name);
    service.rates.take(name);
    const input = new Input(checkInput(name, body));
    if (onService !== undefined) return onService(service, input);
    const pool = poolFor(service, input);
    const token = input.maybe('AccessToken');
    const caller = token === undefined ? undefined : await pool.tokens.verify(token);
    const call = { input, caller };
    return pool.store.transaction(() => operation?.(pool, call) ?? {});
  };
}

const notOffered = (name: string): Error =>
  awsError(
    isOperation(name) ? 'UnsupportedOperationException' : 'UnknownOperationException',
    `The local user pool has no operation ${name}.`,
  );

/** The pool in which a sign-in is under way. */
function poolOfSession(service: Service, session: string): Pool {
  const pool = service.all().find(({ challenges }) => challenges.has(session));
  if (pool === undefined) throw notAuthorized('Invalid session for the user.');
  return pool;
}

/** By the request's pool, its app client, its sign-in, or the issuer of its access token. */
function poolFor(service: Service, input: Input): Pool {
  const id = input.maybe('UserPoolId');
  if (id !== undefined) return service.pool(id);
  const clientId = input.maybe('ClientId');
  if (clientId !== undefined) return service.poolOfClient(clientId);
  const session = input.maybe('Session');
  if (session !== undefined && !input.has('AccessToken')) return poolOfSession(service, session);
  const token = input.text('AccessToken');
  const pool = service.poolOfToken(token);
  if (pool === undefined) throw notAuthorized('Invalid Access Token');
  return pool;
}
