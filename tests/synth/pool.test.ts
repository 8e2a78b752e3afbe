import { describe, expect, it } from 'vitest';
import type { PoolSettings } from '../../infra/config/settings.ts';
import { only, templateWith } from './support.ts';

const poolOf = (pool: PoolSettings) => only(templateWith({ pool }), 'AWS::Cognito::UserPool');

describe('the pool by default', () => {
  const pool = poolOf({});

  it.each([
    ['sign-in by email', 'UsernameAttributes', ['email']],
    ['verified', 'AutoVerifiedAttributes', ['email']],
    ['in any case', 'UsernameConfiguration', { CaseSensitive: false }],
    ['the plan', 'UserPoolTier', 'ESSENTIALS'],
    ['the issuer that Supabase builds', 'IssuerConfiguration', { Type: 'ORIGINAL' }],
    ['a second factor if wanted', 'MfaConfiguration', 'OPTIONAL'],
    ['by an authenticator app alone', 'EnabledMfas', ['SOFTWARE_TOKEN_MFA']],
    ['people sign up', 'AdminCreateUserConfig', { AllowAdminCreateUserOnly: false }],
    [
      'passwords of 12, none of the last 5',
      'Policies',
      {
        PasswordPolicy: {
          MinimumLength: 12,
          PasswordHistorySize: 5,
          RequireLowercase: true,
          RequireNumbers: true,
          RequireSymbols: true,
          RequireUppercase: true,
        },
      },
    ],
    [
      'recovery by email',
      'AccountRecoverySetting',
      { RecoveryMechanisms: [{ Name: 'verified_email', Priority: 1 }] },
    ],
    [
      'a new address counts once verified',
      'UserAttributeUpdateSettings',
      { AttributesRequireVerificationBeforeUpdate: ['email'] },
    ],
  ])('%s', (_, property, value) => {
    expect(pool[property]).toEqual(value);
  });

  it.each(['SmsConfiguration', 'UserPoolAddOns', 'WebAuthnRelyingPartyID', 'EmailConfiguration'])(
    'has no %s',
    (property) => {
      expect(pool[property]).toBeUndefined();
    },
  );

  it('has no role for SMS, and no groups', () => {
    const made = templateWith({});
    const roles = JSON.stringify(made.findResources('AWS::IAM::Role'));
    expect(roles).not.toContain('sns');
    made.resourceCountIs('AWS::Cognito::UserPoolGroup', 0);
  });
});

describe('the pool by choice', () => {
  it.each<[string, PoolSettings, string, unknown]>([
    ['no second factor', { mfa: 'off' }, 'MfaConfiguration', 'OFF'],
    ['a second factor for everybody', { mfa: 'required' }, 'MfaConfiguration', 'ON'],
    ['SMS', { sms: true }, 'EnabledMfas', ['SMS_MFA', 'SOFTWARE_TOKEN_MFA']],
    [
      'threat protection that acts',
      { threatProtection: 'enforce' },
      'UserPoolAddOns',
      { AdvancedSecurityMode: 'ENFORCED' },
    ],
    [
      'threat protection that watches',
      { threatProtection: 'audit' },
      'UserPoolAddOns',
      { AdvancedSecurityMode: 'AUDIT' },
    ],
    ['PLUS comes with it', { threatProtection: 'audit' }, 'UserPoolTier', 'PLUS'],
    ['PLUS on its own', { plan: 'PLUS' }, 'UserPoolTier', 'PLUS'],
    [
      'nobody signs up',
      { selfSignUp: false },
      'AdminCreateUserConfig',
      { AllowAdminCreateUserOnly: true },
    ],
    [
      'passkeys',
      { passkeys: { relyingPartyId: 'a.example.com' } },
      'WebAuthnRelyingPartyID',
      'a.example.com',
    ],
  ])('%s', (_, pool, property, value) => {
    expect(poolOf(pool)[property]).toEqual(value);
  });

  it('passkeys are a first factor, and clients may ask for one', () => {
    const made = templateWith({
      pool: { passkeys: { relyingPartyId: 'a.example.com', userVerification: 'required' } },
    });
    expect(only(made, 'AWS::Cognito::UserPool')).toMatchObject({
      WebAuthnUserVerification: 'required',
      Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'WEB_AUTHN'] } },
    });
    const flows = (from: typeof made) =>
      only(from, 'AWS::Cognito::UserPoolClient').ExplicitAuthFlows;
    expect(flows(made)).toContain('ALLOW_USER_AUTH');
    expect(flows(templateWith({}))).not.toContain('ALLOW_USER_AUTH');
  });

  it('groups, the first the strongest', () => {
    const made = templateWith({
      pool: { groups: [{ name: 'admin', description: 'All' }, { name: 'support' }] },
    });
    expect(only(made, 'AWS::Cognito::UserPoolGroup', /admin/)).toMatchObject({
      GroupName: 'admin',
      Precedence: 0,
      Description: 'All',
    });
    expect(only(made, 'AWS::Cognito::UserPoolGroup', /support/)).toMatchObject({ Precedence: 1 });
  });

  it('attributes of its own, which only providers fill', () => {
    const made = templateWith({
      pool: {
        attributes: {
          company: { type: 'string', max: 100 },
          seats: { type: 'number', mutable: false },
          vip: { type: 'boolean' },
          since: { type: 'datetime' },
        },
      },
    });
    expect(only(made, 'AWS::Cognito::UserPool').Schema).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          Name: 'company',
          AttributeDataType: 'String',
          StringAttributeConstraints: { MaxLength: '100' },
          Mutable: true,
        }),
        expect.objectContaining({ Name: 'seats', AttributeDataType: 'Number', Mutable: false }),
        expect.objectContaining({ Name: 'vip', AttributeDataType: 'Boolean' }),
        expect.objectContaining({ Name: 'since', AttributeDataType: 'DateTime' }),
      ]),
    );
    const { WriteAttributes } = only(made, 'AWS::Cognito::UserPoolClient');
    expect(JSON.stringify(WriteAttributes)).not.toContain('custom:');
  });

  it('mail by SES', () => {
    const { EmailConfiguration } = poolOf({
      email: {
        from: 'a@example.com',
        fromName: 'A',
        replyTo: 'b@example.com',
        sesRegion: 'eu-west-1',
      },
    });
    expect(EmailConfiguration).toMatchObject({
      EmailSendingAccount: 'DEVELOPER',
      From: 'A <a@example.com>',
      ReplyToEmailAddress: 'b@example.com',
    });
    expect(JSON.stringify(EmailConfiguration)).toContain('identity/example.com');
  });

  it('LITE, for ID tokens alone', () => {
    const made = templateWith({
      pool: { plan: 'LITE', password: { history: 0 } },
      preToken: { version: 'V1_0', versionReason: 'ID tokens are enough' },
    });
    const pool = only(made, 'AWS::Cognito::UserPool');
    expect(pool.UserPoolTier).toBe('LITE');
    expect(JSON.stringify(pool.Policies)).not.toContain('History');
    expect(only(made, 'AWS::Cognito::UserPoolClient').RefreshTokenRotation).toBeUndefined();
  });
});
