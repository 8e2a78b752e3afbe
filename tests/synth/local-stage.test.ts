/** The emulator's clients of a stage, compared with what CDK makes of the same settings. */
import type {
  SchemaAttributeType,
  UserPoolClientType,
  UserPoolType,
} from '@aws-sdk/client-cognito-identity-provider';
import { describe, expect, test } from 'vitest';
import { lifetime } from '../../local/cognito/core/tokens/token-claims.ts';
import { applyStage } from '../../local/cognito/stage.ts';
import { addUser, signIn, usePool } from '../unit/local/cognito/support.ts';
import { BASE, FULL, only, template } from './support.ts';

const CLIENT = 'AWS::Cognito::UserPoolClient';
const SECONDS = { minutes: 60, hours: 3600, days: 86400 };

/** The properties that decide what a client may do, in one form for both. */
function essence(client: Record<string, unknown>) {
  const units = (client.TokenValidityUnits ?? {}) as Record<string, keyof typeof SECONDS>;
  const validity = (token: 'AccessToken' | 'IdToken' | 'RefreshToken') => {
    const value = client[`${token}Validity`] as number | undefined;
    if (value === undefined) return lifetime({} as never, token);
    return value * SECONDS[units[token] ?? (token === 'RefreshToken' ? 'days' : 'hours')];
  };
  const sorted = (name: string) => [...((client[name] ?? []) as string[])].sort();
  return {
    flows: sorted('ExplicitAuthFlows'),
    oauth: sorted('AllowedOAuthFlows'),
    callbacks: sorted('CallbackURLs'),
    logouts: sorted('LogoutURLs'),
    rotation: client.RefreshTokenRotation,
    hides: client.PreventUserExistenceErrors,
    revokes: client.EnableTokenRevocation,
    lifetimes: (['AccessToken', 'IdToken', 'RefreshToken'] as const).map(validity),
    hasSecret: client.GenerateSecret === true || client.ClientSecret !== undefined,
  };
}

describe('clients of a stage', () => {
  test.each(['web', 'mobile', 'server', 'machine'])('%s is as CDK makes it', async (name) => {
    const pool = await usePool();
    const made = await applyStage(pool, FULL);
    const synthesized = only(
      template(FULL),
      CLIENT,
      new RegExp(`Clients${name.charAt(0).toUpperCase()}${name.slice(1)}`),
    );
    const local = made.get(name) as UserPoolClientType & Record<string, unknown>;
    expect(essence(local)).toEqual(essence(synthesized));
    // The scopes of the machine refer to another resource in the template.
    const scopes =
      name === 'machine' ? ['https://api.example.com/rows:read'] : synthesized.AllowedOAuthScopes;
    expect([...(local.AllowedOAuthScopes ?? [])].sort()).toEqual([...(scopes as string[])].sort());
  });

  test('come with the pool as CDK makes it', async () => {
    const pool = await usePool();
    await applyStage(pool, FULL);
    const { UserPool: local } = await pool.call('DescribeUserPool', {
      UserPoolId: pool.userPoolId,
    });
    const made = only(template(FULL), 'AWS::Cognito::UserPool', /./) as UserPoolType &
      Record<string, unknown>;
    const policyOf = ({ Policies }: UserPoolType) => ({
      ...Policies?.PasswordPolicy,
      TemporaryPasswordValidityDays: undefined,
    });
    expect(policyOf(local as UserPoolType)).toEqual(policyOf(made));
    expect(
      new Set((local as UserPoolType).Policies?.SignInPolicy?.AllowedFirstAuthFactors),
    ).toEqual(new Set(made.Policies?.SignInPolicy?.AllowedFirstAuthFactors));
    expect(local).toMatchObject({
      MfaConfiguration: made.MfaConfiguration,
      UserPoolTier: made.UserPoolTier,
      AdminCreateUserConfig: { AllowAdminCreateUserOnly: false },
    });
    const mfa = await pool.call('GetUserPoolMfaConfig', { UserPoolId: pool.userPoolId });
    expect(mfa).toMatchObject({
      SmsMfaConfiguration: {},
      SoftwareTokenMfaConfiguration: { Enabled: true },
      WebAuthnConfiguration: {
        UserVerification: made.WebAuthnUserVerification,
        FactorConfiguration: made.WebAuthnFactorConfiguration,
      },
    });
    const custom = (schema: readonly SchemaAttributeType[] = []) =>
      schema
        .filter(
          ({ Name = '' }) => Name.startsWith('custom:') || ['company', 'seats'].includes(Name),
        )
        .map(({ Name = '', AttributeDataType, Mutable }) => [
          Name.replace('custom:', ''),
          AttributeDataType,
          Mutable,
        ]);
    const schema = (made.Schema ?? []) as readonly SchemaAttributeType[];
    expect(custom((local as UserPoolType).SchemaAttributes)).toEqual(custom(schema));
    // Again, nothing is added twice.
    await applyStage(pool, FULL);
  });

  test('are changed, not made again', async () => {
    const pool = await usePool();
    const first = await applyStage(pool, FULL);
    const web = { ...FULL.clients?.web, tokenMinutes: 5 } as never;
    const clients = { ...FULL.clients, web } as NonNullable<typeof FULL.clients>;
    const second = await applyStage(pool, { ...FULL, clients });
    expect([...second.values()].map(({ ClientId }) => ClientId)).toEqual(
      [...first.values()].map(({ ClientId }) => ClientId),
    );
    expect(second.get('server')?.ClientSecret).toBe(first.get('server')?.ClientSecret);
    expect(second.get('web')?.AccessTokenValidity).toBe(5);
    const { Groups } = await pool.call('ListGroups', { UserPoolId: pool.userPoolId });
    expect(Groups).toMatchObject([
      { GroupName: 'admin', Description: 'All', Precedence: 0 },
      { GroupName: 'support', Precedence: 1 },
    ]);
  });

  test('have no flow that the stage has not', async () => {
    const pool = await usePool();
    const email = await addUser(pool);
    await expect(signIn(pool, email)).resolves.toBeDefined();
    await applyStage(pool, BASE);
    await expect(signIn(pool, email)).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });
});
