/** Settings of new pools and app clients: those of the kit, and those of AWS for what a request leaves out. */
import { randomBytes, randomInt } from 'node:crypto';
import type { SchemaAttributeType } from '@aws-sdk/client-cognito-identity-provider';
import type { ClientRecord, PoolRecord } from '../../store/records.ts';
import { invalidParameter } from '../errors.ts';
import { STANDARD_ATTRIBUTES } from '../users/attributes.ts';

const ACCOUNT = '000000000000';
const ALPHANUMERIC = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
const LOWER = 'abcdefghijklmnopqrstuvwxyz0123456789';

const random = (length: number, alphabet: string): string =>
  Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('');

export const makePoolId = (region: string): string => `${region}_${random(9, ALPHANUMERIC)}`;
export const makeClientId = (): string => random(26, LOWER);
export const makeClientSecret = (): string => randomBytes(38).toString('base64url');

/** AWS's default for pools without a policy. */
const PASSWORD_POLICY = {
  MinimumLength: 8,
  RequireUppercase: true,
  RequireLowercase: true,
  RequireNumbers: true,
  RequireSymbols: true,
  TemporaryPasswordValidityDays: 7,
};

/** Settings that every pool has. */
function basePool(region: string, id: string, name: string): PoolRecord {
  const now = new Date();
  return {
    Id: id,
    Name: name,
    Arn: `arn:aws:cognito-idp:${region}:${ACCOUNT}:userpool/${id}`,
    CreationDate: now,
    LastModifiedDate: now,
    SchemaAttributes: [...STANDARD_ATTRIBUTES],
    UserPoolTier: 'ESSENTIALS',
    MfaConfiguration: 'OFF',
    DeletionProtection: 'INACTIVE',
    Policies: { PasswordPolicy: PASSWORD_POLICY },
  };
}

/** Name of the function of pre-token generation. */
export const PRE_TOKEN = 'PreTokenGeneration';

export const functionArn = (region: string, name: string): string =>
  `arn:aws:lambda:${region}:${ACCOUNT}:function:${name}`;

/** The pool with these triggers, besides pre-token generation. Others that the emulator had set are gone. */
export function withTriggers(
  pool: PoolRecord,
  region: string,
  names: readonly string[],
): PoolRecord {
  const arnOf = (setting: unknown): unknown =>
    typeof setting === 'object' ? (setting as { LambdaArn?: string } | null)?.LambdaArn : setting;
  const kept = Object.entries(pool.LambdaConfig ?? {}).filter(
    ([name, setting]) => arnOf(setting) !== functionArn(region, name) || name === PRE_TOKEN,
  );
  const given = names.map((name) => {
    const LambdaArn = functionArn(region, name);
    // Newer triggers have a version beside their function.
    return [name, name === 'InboundFederation' ? { LambdaVersion: 'V1_0', LambdaArn } : LambdaArn];
  });
  return { ...pool, LambdaConfig: Object.fromEntries([...kept, ...given]) };
}

/** A pool like that of infra/: sign-in by email in any case, strong passwords, one trigger. */
export function kitPool(region: string, id: string): PoolRecord {
  const lambda = functionArn(region, PRE_TOKEN);
  const base = basePool(region, id, id.split('_')[1] ?? id);
  return {
    ...withSchema(base, [{ Name: 'email', Required: true }]),
    UsernameAttributes: ['email'],
    UsernameConfiguration: { CaseSensitive: false },
    AutoVerifiedAttributes: ['email'],
    UserAttributeUpdateSettings: { AttributesRequireVerificationBeforeUpdate: ['email'] },
    AccountRecoverySetting: { RecoveryMechanisms: [{ Name: 'verified_email', Priority: 1 }] },
    MfaConfiguration: 'OPTIONAL',
    SoftwareTokenMfaConfiguration: { Enabled: true },
    Policies: { PasswordPolicy: { ...PASSWORD_POLICY, MinimumLength: 12 } },
    LambdaConfig: {
      PreTokenGeneration: lambda,
      PreTokenGenerationConfig: { LambdaArn: lambda, LambdaVersion: 'V3_0' },
    },
  };
}

/** The settings that CreateUserPool and UpdateUserPool take and this emulator keeps. */
export const POOL_SETTINGS = [
  'AccountRecoverySetting',
  'AdminCreateUserConfig',
  'AutoVerifiedAttributes',
  'DeletionProtection',
  'DeviceConfiguration',
  'EmailConfiguration',
  'EmailVerificationMessage',
  'EmailVerificationSubject',
  'LambdaConfig',
  'MfaConfiguration',
  'Policies',
  'SmsAuthenticationMessage',
  'SmsConfiguration',
  'SmsVerificationMessage',
  'UserAttributeUpdateSettings',
  'UserPoolAddOns',
  'UserPoolTags',
  'UserPoolTier',
  'VerificationMessageTemplate',
] as const;

/** A pool as CreateUserPool asks for it. */
export function requestedPool(
  region: string,
  name: string,
  settings: Readonly<Record<string, unknown>>,
  schema: readonly SchemaAttributeType[],
): PoolRecord {
  const id = makePoolId(region);
  return withSchema({ ...basePool(region, id, name), ...settings }, schema);
}

/** Adds custom attributes, or changes standard ones of a new pool. */
export function withSchema(
  pool: PoolRecord,
  attributes: readonly SchemaAttributeType[],
): PoolRecord {
  const schema = new Map(pool.SchemaAttributes.map((one) => [one.Name, one]));
  for (const attribute of attributes) {
    const { Name = '' } = attribute;
    const isStandard = STANDARD_ATTRIBUTES.some((one) => one.Name === Name);
    if (!isStandard && !/^[\w]{1,20}$/.test(Name))
      throw invalidParameter(`Invalid attribute name: ${Name}`);
    const name = isStandard ? Name : `custom:${Name}`;
    const before = schema.get(name) ?? { Mutable: true, Required: false };
    schema.set(name, { ...before, ...attribute, Name: name });
  }
  return { ...pool, SchemaAttributes: [...schema.values()], LastModifiedDate: new Date() };
}

/** The settings that CreateUserPoolClient and UpdateUserPoolClient take. */
export const CLIENT_SETTINGS = [
  'AccessTokenValidity',
  'AllowedOAuthFlows',
  'AllowedOAuthFlowsUserPoolClient',
  'AllowedOAuthScopes',
  'AuthSessionValidity',
  'CallbackURLs',
  'DefaultRedirectURI',
  'EnablePropagateAdditionalUserContextData',
  'EnableTokenRevocation',
  'ExplicitAuthFlows',
  'IdTokenValidity',
  'LogoutURLs',
  'PreventUserExistenceErrors',
  'ReadAttributes',
  'RefreshTokenRotation',
  'RefreshTokenValidity',
  'SupportedIdentityProviders',
  'WriteAttributes',
] as const;

const UNITS = { AccessToken: 'hours', IdToken: 'hours', RefreshToken: 'days' } as const;

/** What an app client has that a request leaves out. */
export const clientDefaults = (): Partial<ClientRecord> => ({
  EnableTokenRevocation: true,
  RefreshTokenValidity: 30,
  TokenValidityUnits: UNITS,
  AllowedOAuthFlowsUserPoolClient: false,
});

/** The web client of the local stack: SRP and passwords, tokens of an hour. */
export function kitClient(poolId: string, clientId: string): ClientRecord {
  const now = new Date();
  return {
    ...clientDefaults(),
    ClientId: clientId,
    ClientName: 'web',
    UserPoolId: poolId,
    CreationDate: now,
    LastModifiedDate: now,
    ExplicitAuthFlows: [
      'ALLOW_USER_SRP_AUTH',
      'ALLOW_USER_PASSWORD_AUTH',
      'ALLOW_ADMIN_USER_PASSWORD_AUTH',
      'ALLOW_CUSTOM_AUTH',
      'ALLOW_REFRESH_TOKEN_AUTH',
    ],
    AllowedOAuthFlows: ['code'],
    AllowedOAuthFlowsUserPoolClient: true,
    AllowedOAuthScopes: ['openid', 'email', 'profile', 'aws.cognito.signin.user.admin'],
    SupportedIdentityProviders: ['COGNITO'],
    AccessTokenValidity: 1,
    IdTokenValidity: 1,
    PreventUserExistenceErrors: 'ENABLED',
  };
}

/** The client with the first page of each web app as a callback and a sign-out URL. */
export function withOrigins(client: ClientRecord, origins: readonly string[]): ClientRecord {
  const pages = origins.map((origin) => `${origin}/`);
  const CallbackURLs = [...new Set([...(client.CallbackURLs ?? []), ...pages])];
  const LogoutURLs = [...new Set([...(client.LogoutURLs ?? []), ...pages])];
  return { ...client, CallbackURLs, LogoutURLs };
}
