/**
 * Reads all settings of a pool, and updates it without losing any.
 *
 * UpdateUserPool resets every setting that is left out, so all of them are sent again. The list of
 * settings is checked against the SDK's type: with a newer SDK that has another setting, this file does
 * not compile until the setting is added.
 */
import {
  type CognitoIdentityProviderClient,
  DescribeUserPoolCommand,
  GetUserPoolMfaConfigCommand,
  type GetUserPoolMfaConfigResponse,
  type LambdaConfigType,
  SetUserPoolMfaConfigCommand,
  UntagResourceCommand,
  UpdateUserPoolCommand,
  type UpdateUserPoolRequest,
  type UserPoolType,
} from '@aws-sdk/client-cognito-identity-provider';
import { FORMER_TAG } from './former.ts';

/** Everything about a pool that an update could touch. */
export interface PoolState {
  readonly pool: UserPoolType;
  readonly mfa: GetUserPoolMfaConfigResponse;
}

/** Settings that have the same name in an update and in a description. */
const KEPT = {
  AccountRecoverySetting: true,
  AcrConfiguration: true,
  AdminCreateUserConfig: true,
  AutoVerifiedAttributes: true,
  DcrConfiguration: true,
  DeletionProtection: true,
  DeviceConfiguration: true,
  EmailConfiguration: true,
  EmailVerificationMessage: true,
  EmailVerificationSubject: true,
  IssuerConfiguration: true,
  KeyConfiguration: true,
  LambdaConfig: true,
  MfaConfiguration: true,
  Policies: true,
  SmsAuthenticationMessage: true,
  SmsConfiguration: true,
  SmsVerificationMessage: true,
  UserAttributeUpdateSettings: true,
  UserPoolAddOns: true,
  UserPoolTags: true,
  UserPoolTier: true,
  VerificationMessageTemplate: true,
} as const satisfies Record<Exclude<keyof UpdateUserPoolRequest, 'UserPoolId' | 'PoolName'>, true>;

type Kept = keyof typeof KEPT;

/** Names of the settings, for comparisons. */
export const SETTINGS = Object.keys(KEPT) as Kept[];

/** Reads the pool. */
export async function describe(
  client: CognitoIdentityProviderClient,
  UserPoolId: string,
): Promise<PoolState> {
  const { UserPool } = await client.send(new DescribeUserPoolCommand({ UserPoolId }));
  const { $metadata, ...mfa } = await client.send(new GetUserPoolMfaConfigCommand({ UserPoolId }));
  return { pool: UserPool ?? {}, mfa };
}

/** Both give the lifetime of a temporary password. AWS refuses a request with both. */
const adminCreateUser = ({ AdminCreateUserConfig, Policies }: UserPoolType) => {
  if (Policies?.PasswordPolicy?.TemporaryPasswordValidityDays === undefined) {
    return AdminCreateUserConfig;
  }
  const { UnusedAccountValidityDays, ...rest } = AdminCreateUserConfig ?? {};
  return rest;
};

/** The changes of an update. Everything else stays. */
export interface Changes {
  readonly lambdas: LambdaConfigType;
  /** Without AWS's own tags, which AWS refuses. */
  readonly tags: Readonly<Record<string, string>>;
}

/** The request that changes triggers and tags, and nothing else. */
export function updateRequest(pool: UserPoolType, { lambdas, tags }: Changes) {
  const kept = Object.fromEntries(
    SETTINGS.flatMap((name) => (pool[name] === undefined ? [] : [[name, pool[name]]])),
  );
  return {
    ...kept,
    ...(pool.AdminCreateUserConfig && { AdminCreateUserConfig: adminCreateUser(pool) }),
    ...(pool.Name && { PoolName: pool.Name }),
    UserPoolId: pool.Id,
    LambdaConfig: lambdas,
    ...((pool.UserPoolTags || Object.keys(tags).length > 0) && { UserPoolTags: { ...tags } }),
  } satisfies UpdateUserPoolRequest;
}

/** Sends the update, then restores the kinds of second factor, which an update does not contain. */
export async function update(
  client: CognitoIdentityProviderClient,
  { pool, mfa }: PoolState,
  changes: Changes,
): Promise<PoolState> {
  const UserPoolId = pool.Id ?? '';
  await client.send(new UpdateUserPoolCommand(updateRequest(pool, changes)));
  // An update adds tags. It is not documented whether it removes one.
  if (pool.UserPoolTags?.[FORMER_TAG] && !(FORMER_TAG in changes.tags)) {
    await client.send(new UntagResourceCommand({ ResourceArn: pool.Arn, TagKeys: [FORMER_TAG] }));
  }
  const after = await describe(client, UserPoolId);
  if (JSON.stringify(after.mfa) === JSON.stringify(mfa)) return after;
  await client.send(new SetUserPoolMfaConfigCommand({ ...mfa, UserPoolId }));
  return describe(client, UserPoolId);
}
