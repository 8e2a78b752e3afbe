/**
 * Devices of people. Each sign-in on an unknown device offers a new one. It counts after the app has
 * confirmed it with a password verifier of its own, by which it proves itself later (SRP).
 *
 * Source: Amazon Cognito developer guide, "Working with user devices in your user pool".
 */
import { randomBytes, randomUUID } from 'node:crypto';
import type { DeviceRecord, UserRecord } from '../../store/records.ts';
import type { Pool } from '../pool/pool.ts';

/** Offers that were not taken up. Older ones are dropped. */
const MOST_OFFERED = 10;

/** Undefined if the pool does not track devices. */
export function newDevice({ region, store }: Pool): DeviceRecord | undefined {
  if (store.settings.DeviceConfiguration === undefined) return undefined;
  const now = Date.now();
  return {
    key: `${region}_${randomUUID()}`,
    groupKey: `-${randomBytes(6).toString('base64url')}`,
    created: now,
    modified: now,
    lastAuthenticated: now,
  };
}

/** The user with a device added or replaced. */
export function withDevice(user: UserRecord, device: DeviceRecord): UserRecord {
  const others = (user.devices ?? []).filter(({ key }) => key !== device.key);
  const offered = others.filter(({ verifier }) => verifier === undefined);
  const dropped = offered.slice(0, Math.max(0, offered.length - MOST_OFFERED + 1));
  const kept = others.filter((one) => !dropped.includes(one));
  return { ...user, devices: [...kept, device] };
}

export const withoutDevice = (user: UserRecord, key: string): UserRecord => ({
  ...user,
  devices: (user.devices ?? []).filter((device) => device.key !== key),
});

export const deviceOf = (user: UserRecord, key: string | undefined): DeviceRecord | undefined =>
  user.devices?.find((device) => device.key === key);

/** A device of the user that the app has confirmed. */
export function confirmedDevice(
  user: UserRecord,
  key: string | undefined,
): DeviceRecord | undefined {
  const device = deviceOf(user, key);
  return device?.verifier === undefined ? undefined : device;
}
