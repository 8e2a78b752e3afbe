/** Devices and second factors by amazon-cognito-identity-js, which many apps still use. */
import {
  AdminListDevicesCommand,
  AdminSetUserMFAPreferenceCommand,
  AdminUpdateUserAttributesCommand,
  SetUserPoolMfaConfigCommand,
  UpdateUserPoolCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import {
  AuthenticationDetails,
  CognitoUser,
  CognitoUserPool,
  type CognitoUserSession,
} from 'amazon-cognito-identity-js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addUser, CLIENT, codeFor, openPool, PASSWORD, POOL, type TestPool } from './support.ts';

const UserPoolId = POOL;
let pool: TestPool;

beforeAll(async () => {
  pool = await openPool();
  await pool.aws.send(
    new UpdateUserPoolCommand({
      ...{ UserPoolId, MfaConfiguration: 'OPTIONAL' },
      DeviceConfiguration: { ChallengeRequiredOnNewDevice: true },
    }),
  );
  await pool.aws.send(
    new SetUserPoolMfaConfigCommand({
      ...{ UserPoolId, MfaConfiguration: 'OPTIONAL' },
      SmsMfaConfiguration: {},
    }),
  );
});
afterAll(() => pool.close());

/** A browser's storage, which remembers the device. */
function makeStorage() {
  const items = new Map<string, string>();
  return {
    setItem: (key: string, value: string) => void items.set(key, value),
    getItem: (key: string) => items.get(key) ?? null,
    removeItem: (key: string) => void items.delete(key),
    clear: () => items.clear(),
  };
}

/** Signs in, and answers a code by SMS with the newest one. */
function signIn(email: string, phone: string, Storage = makeStorage()) {
  const Pool = new CognitoUserPool({
    ...{ UserPoolId, ClientId: CLIENT, endpoint: pool.endpoint, Storage },
  });
  const user = new CognitoUser({ Username: email, Pool, Storage });
  const details = new AuthenticationDetails({ Username: email, Password: PASSWORD });
  let codes = 0;
  const result = new Promise<CognitoUserSession>((onSuccess, onFailure) => {
    const callbacks = {
      onSuccess,
      onFailure,
      mfaRequired: () => {
        codes += 1;
        user.sendMFACode(codeFor(pool, phone), callbacks, 'SMS_MFA');
      },
    };
    user.authenticateUser(details, callbacks);
  });
  return result.then((session) => ({ session, codes, Storage }));
}

test('a code by SMS is asked for once, and then the device stands in for it', async () => {
  const email = await addUser(pool);
  const phone = '+306930000001';
  const user = { UserPoolId, Username: email };
  await pool.aws.send(
    new AdminUpdateUserAttributesCommand({
      ...user,
      UserAttributes: [{ Name: 'phone_number', Value: phone }],
    }),
  );
  await pool.aws.send(
    new AdminSetUserMFAPreferenceCommand({ ...user, SMSMfaSettings: { Enabled: true } }),
  );
  const first = await signIn(email, phone);
  expect(first.codes).toBe(1);
  const { Devices } = await pool.aws.send(new AdminListDevicesCommand(user));
  expect(first.session.getAccessToken().payload.device_key).toBe(Devices?.[0]?.DeviceKey);
  const second = await signIn(email, phone, first.Storage);
  expect(second.codes).toBe(0);
  expect(second.session.getIdToken().payload.email).toBe(email);
  // Another browser is another device.
  expect((await signIn(email, phone)).codes).toBe(1);
});
