/**
 * The pool as AWS describes it, and an update that keeps it.
 *
 * UpdateUserPool resets what is left out, so everything that was described is sent again. What can be
 * sent is a closed list, checked against the SDK's own type: a setting that a newer SDK knows does not
 * compile until it is here.
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

/** Settings that an update takes under the name that a description gives them. */
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

/** Names of the settings, for whoever compares. */
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

/** Both say how long a temporary password counts; sent together AWS refuses them. */
const adminCreateUser = ({ AdminCreateUserConfig, Policies }: UserPoolType) => {
  if (Policies?.PasswordPolicy?.TemporaryPasswordValidityDays === undefined) {
    return AdminCreateUserConfig;
  }
  const { UnusedAccountValidityDays, ...rest } = AdminCreateUserConfig ?? {};
  return rest;
};

/** What an update changes; everything else stays. */
export interface Changes {
  readonly lambdas: LambdaConfigType;
  /** Without AWS's own, which it refuses. */
  readonly tags: Readonly<Record<string, string>>;
}

/** The request that leaves the pool as it is, but for its triggers and tags. */
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

/** Sends the update, then puts back what it does not carry: the kinds of second factor. */
export async function update(
  client: CognitoIdentityProviderClient,
  { pool, mfa }: PoolState,
  changes: Changes,
): Promise<PoolState> {
  const UserPoolId = pool.Id ?? '';
  await client.send(new UpdateUserPoolCommand(updateRequest(pool, changes)));
  // An update adds tags; whether it takes one away is not documented.
  if (pool.UserPoolTags?.[FORMER_TAG] && !(FORMER_TAG in changes.tags)) {
    await client.send(new UntagResourceCommand({ ResourceArn: pool.Arn, TagKeys: [FORMER_TAG] }));
  }
  const after = await describe(client, UserPoolId);
  if (JSON.stringify(after.mfa) === JSON.stringify(mfa)) return after;
  await client.send(new SetUserPoolMfaConfigCommand({ ...mfa, UserPoolId }));
  return describe(client, UserPoolId);
}
