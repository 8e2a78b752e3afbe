/** Devices of people, by themselves and by administrators. */

import { awsError, invalidParameter, notFound } from '../../core/errors.ts';
import type { Pool } from '../../core/pool/pool.ts';
import { deviceOf, withDevice, withoutDevice } from '../../core/users/devices.ts';
import type { DeviceRecord, UserRecord } from '../../store/records.ts';
import type { Input } from '../input.ts';
import { type Operations, signedIn, userOf } from '../operation.ts';
import { pageOf } from '../pages.ts';

export const devices: Operations = {
  ConfirmDevice: (pool, call) => {
    const { input } = call;
    const user = signedIn(call);
    const device = knownDevice(user, input, { alsoOffered: true });
    const config = input.map('DeviceSecretVerifierConfig');
    if (device.verifier !== undefined)
      throw awsError('DeviceKeyExistsException', 'Device already exists');
    const settings = pool.store.settings.DeviceConfiguration;
    const asksPerson = settings?.DeviceOnlyRememberedOnUserPrompt ?? false;
    const confirmed: DeviceRecord = {
      ...device,
      verifier: config.text('PasswordVerifier'),
      salt: config.text('Salt'),
      name: input.maybe('DeviceName'),
      remembered: !asksPerson,
      modified: Date.now(),
    };
    pool.users.save(withDevice(user, confirmed));
    return { UserConfirmationNecessary: asksPerson };
  },

  GetDevice: (_pool, call) => ({ Device: deviceType(knownDevice(signedIn(call), call.input)) }),
  AdminGetDevice: (pool, { input }) => ({
    Device: deviceType(knownDevice(userOf(pool, input), input)),
  }),

  ListDevices: (_pool, call) => list(signedIn(call), call.input),
  AdminListDevices: (pool, { input }) => list(userOf(pool, input), input),

  ForgetDevice: (pool, call) => {
    const { input, caller } = call;
    // An app names the person by the access token, or on AWS by a device that is still signed in.
    if (caller === undefined) throw invalidParameter('AccessToken is required here.');
    return forget(pool, caller.user, input);
  },
  AdminForgetDevice: (pool, { input }) => forget(pool, userOf(pool, input), input),

  UpdateDeviceStatus: (pool, call) => update(pool, signedIn(call), call.input),
  AdminUpdateDeviceStatus: (pool, { input }) => update(pool, userOf(pool, input), input),
};

/** @throws CognitoError `ResourceNotFoundException` */
function knownDevice(user: UserRecord, input: Input, { alsoOffered = false } = {}): DeviceRecord {
  const device = deviceOf(user, input.text('DeviceKey'));
  if (device === undefined || (!alsoOffered && device.verifier === undefined))
    throw notFound('Device does not exist.');
  return device;
}

const deviceType = (device: DeviceRecord) => ({
  DeviceKey: device.key,
  DeviceAttributes: [
    { Name: 'device_status', Value: 'valid' },
    ...(device.name === undefined ? [] : [{ Name: 'device_name', Value: device.name }]),
    {
      Name: 'dev:device_remembered_status',
      Value: device.remembered ? 'remembered' : 'not_remembered',
    },
  ],
  DeviceCreateDate: new Date(device.created),
  DeviceLastModifiedDate: new Date(device.modified),
  DeviceLastAuthenticatedDate: new Date(device.lastAuthenticated),
});

function list(user: UserRecord, input: Input): object {
  const confirmed = (user.devices ?? []).filter(({ verifier }) => verifier !== undefined);
  const { page, next } = pageOf(confirmed, input, {
    limit: 'Limit',
    most: 60,
    token: 'PaginationToken',
  });
  return { Devices: page.map(deviceType), ...next };
}

/** Sessions of the device end with it. */
function forget(pool: Pool, user: UserRecord, input: Input): object {
  const { key } = knownDevice(user, input);
  pool.sessions.revokeDevice(user.Username, key);
  pool.users.save(withoutDevice(user, key));
  return {};
}

function update(pool: Pool, user: UserRecord, input: Input): object {
  const device = knownDevice(user, input);
  const status = input.maybe('DeviceRememberedStatus');
  if (status !== undefined) {
    const remembered = status === 'remembered';
    pool.users.save(withDevice(user, { ...device, remembered, modified: Date.now() }));
  }
  return {};
}
