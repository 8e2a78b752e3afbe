/** Records in the form of AWS's answers: without what only the emulator keeps. */
import type {
  GroupType,
  UserPoolClientType,
  UserPoolType,
  UserType,
} from '@aws-sdk/client-cognito-identity-provider';
import type { Pool } from '../core/pool/pool.ts';
import type { ClientRecord, GroupRecord, UserRecord } from '../store/records.ts';

export const userResponse = (user: UserRecord): UserType => ({
  Username: user.Username,
  Attributes: [...user.Attributes],
  Enabled: user.Enabled,
  UserStatus: user.UserStatus,
  UserCreateDate: user.UserCreateDate,
  UserLastModifiedDate: user.UserLastModifiedDate,
});

export const groupResponse = ({ id }: Pool, group: GroupRecord): GroupType => ({
  ...group,
  UserPoolId: id,
});

export function clientResponse(client: ClientRecord): UserPoolClientType {
  const { secrets: _, ...settings } = client;
  return settings;
}

export function poolResponse({ store, users }: Pool): UserPoolType {
  const { SoftwareTokenMfaConfiguration: _, domainVersion: __, ...settings } = store.settings;
  return { ...settings, EstimatedNumberOfUsers: users.count() };
}
