/** The user pool of a stage of infra/config: password policy, second factors, passkeys and attributes. */
import type {
  SchemaAttributeType,
  SetUserPoolMfaConfigCommandInput,
  UpdateUserPoolCommandInput,
  UserPoolType,
} from '@aws-sdk/client-cognito-identity-provider';
import type { AttributeSettings, PoolSettings } from '../../infra/config/settings.ts';
import type { RunningCognito } from './server.ts';

type Emulator = Pick<RunningCognito, 'call' | 'userPoolId'>;

const MFA = { off: 'OFF', optional: 'OPTIONAL', required: 'ON' } as const;
const TYPES = {
  string: 'String',
  number: 'Number',
  boolean: 'Boolean',
  datetime: 'DateTime',
} as const;

const customAttribute = (
  Name: string,
  { type, max, mutable = true }: AttributeSettings,
): SchemaAttributeType => ({
  Name,
  AttributeDataType: TYPES[type],
  Mutable: mutable,
  ...(type === 'string' &&
    max !== undefined && { StringAttributeConstraints: { MaxLength: `${max}` } }),
  ...(type === 'number' &&
    max !== undefined && { NumberAttributeConstraints: { MaxValue: `${max}` } }),
});

const policies = ({
  password,
  passkeys,
}: PoolSettings): UpdateUserPoolCommandInput['Policies'] => ({
  PasswordPolicy: {
    MinimumLength: password?.minLength ?? 12,
    RequireLowercase: true,
    RequireUppercase: true,
    RequireNumbers: true,
    RequireSymbols: true,
    PasswordHistorySize: password?.history ?? 5,
  },
  ...(passkeys && { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'WEB_AUTHN'] } }),
});

const mfaConfig = ({
  mfa = 'optional',
  sms = false,
  passkeys,
}: PoolSettings): Omit<SetUserPoolMfaConfigCommandInput, 'UserPoolId'> => ({
  MfaConfiguration: MFA[mfa],
  ...(mfa !== 'off' && { SoftwareTokenMfaConfiguration: { Enabled: true } }),
  ...(mfa !== 'off' && sms && { SmsMfaConfiguration: {} }),
  ...(passkeys && {
    WebAuthnConfiguration: {
      // A passkey of a local page belongs to localhost, whatever the domain of the stage is.
      RelyingPartyId: 'localhost',
      UserVerification: passkeys.userVerification ?? 'preferred',
      FactorConfiguration: passkeys.asMfa ? 'MULTI_FACTOR_WITH_USER_VERIFICATION' : 'SINGLE_FACTOR',
    },
  }),
});

/**
 * Gives the pool the settings of the stage. Attributes that it requires are not among them: as on AWS, they
 * cannot be changed after the pool was made.
 */
export async function applyPool(
  { call, userPoolId: UserPoolId }: Emulator,
  settings: PoolSettings,
): Promise<void> {
  const { UserPool } = await call('DescribeUserPool', { UserPoolId });
  const before = UserPool as UserPoolType;
  // An update resets what it leaves out.
  await call('UpdateUserPool', {
    UserPoolId,
    AccountRecoverySetting: before.AccountRecoverySetting,
    AutoVerifiedAttributes: before.AutoVerifiedAttributes,
    LambdaConfig: before.LambdaConfig,
    UserAttributeUpdateSettings: before.UserAttributeUpdateSettings,
    UserPoolTier: settings.plan ?? (settings.threatProtection ? 'PLUS' : 'ESSENTIALS'),
    AdminCreateUserConfig: { AllowAdminCreateUserOnly: !(settings.selfSignUp ?? true) },
    Policies: policies(settings),
  } satisfies UpdateUserPoolCommandInput);
  await call('SetUserPoolMfaConfig', { UserPoolId, ...mfaConfig(settings) });
  const known = new Set(before.SchemaAttributes?.map(({ Name }) => Name));
  const added = Object.entries(settings.attributes ?? {}).filter(
    ([name]) => !known.has(`custom:${name}`),
  );
  if (added.length > 0)
    await call('AddCustomAttributes', {
      UserPoolId,
      CustomAttributes: added.map(([name, one]) => customAttribute(name, one)),
    });
}
