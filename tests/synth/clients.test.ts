import { describe, expect, it } from 'vitest';
import { FULL, only, template, templateWith } from './support.ts';

const URLS = { callbackUrls: ['http://localhost:1/'], logoutUrls: ['http://localhost:1/'] };
const CLIENT = 'AWS::Cognito::UserPoolClient';
const full = template(FULL);
const least = templateWith({});

describe('app clients', () => {
  it.each([
    ['web', /ClientsWeb/],
    ['mobile', /ClientsMobile/],
  ])('%s is public: code, SRP, rotation, revocation, no word on who has an account', (_, id) => {
    expect(only(full, CLIENT, id)).toMatchObject({
      GenerateSecret: false,
      AllowedOAuthFlows: ['code'],
      EnableTokenRevocation: true,
      PreventUserExistenceErrors: 'ENABLED',
      RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 10 },
      AccessTokenValidity: 60,
    });
    const { ExplicitAuthFlows } = only(full, CLIENT, id);
    expect(ExplicitAuthFlows).toContain('ALLOW_USER_SRP_AUTH');
    // Only for the migration of users.
    expect(ExplicitAuthFlows).toContain('ALLOW_USER_PASSWORD_AUTH');
    const { migration: _migration, ...withoutMigration } = FULL;
    const { ExplicitAuthFlows: usual } = only(template(withoutMigration), CLIENT, id);
    expect(usual).not.toContain('ALLOW_USER_PASSWORD_AUTH');
    expect(JSON.stringify(ExplicitAuthFlows)).not.toMatch(
      /ADMIN_USER_PASSWORD_AUTH|ALLOW_REFRESH_TOKEN_AUTH/,
    );
  });

  it('exact callbacks and logouts, as the settings say', () => {
    expect(only(full, CLIENT, /ClientsMobile/)).toMatchObject({
      CallbackURLs: ['com.example.app://in'],
      LogoutURLs: ['com.example.app://out'],
    });
  });

  it('lifetimes by choice', () => {
    const made = templateWith({
      clients: { web: { ...URLS, tokenMinutes: 15, refreshDays: 1 } },
    });
    expect(only(made, CLIENT)).toMatchObject({
      AccessTokenValidity: 15,
      IdTokenValidity: 15,
      RefreshTokenValidity: 1440,
    });
  });

  it('server has a secret, which Secrets Manager keeps and no output shows', () => {
    expect(only(full, CLIENT, /ClientsServer/)).toMatchObject({
      GenerateSecret: true,
      AllowedOAuthFlows: ['code'],
    });
    const secret = only(full, 'AWS::SecretsManager::Secret', /ServerSecret/);
    expect(secret.Name).toBe('cognito-supabase/staging/server-client');
    expect(JSON.stringify(secret.SecretString)).toContain('ClientSecret');
    expect(JSON.stringify(full.findOutputs('*'))).not.toMatch(/"ClientSecret"|SecretAccessKey/);
  });

  it('machine has scopes of a resource server and nothing of people', () => {
    const machine = only(full, CLIENT, /ClientsMachine/);
    expect(machine).toMatchObject({
      GenerateSecret: true,
      AllowedOAuthFlows: ['client_credentials'],
      ExplicitAuthFlows: ['ALLOW_REFRESH_TOKEN_AUTH'],
    });
    expect(machine.CallbackURLs).toBeUndefined();
    expect(JSON.stringify(machine.AllowedOAuthScopes)).toContain('/rows:read');
    expect(only(full, 'AWS::Cognito::UserPoolResourceServer')).toMatchObject({
      Identifier: 'https://api.example.com',
      Scopes: [{ ScopeName: 'rows:read', ScopeDescription: 'Read' }],
    });
  });

  it('no other client than web unless asked for', () => {
    least.resourceCountIs(CLIENT, 1);
    least.resourceCountIs('AWS::Cognito::UserPoolResourceServer', 0);
    least.resourceCountIs('AWS::SecretsManager::Secret', 0);
  });

  it('no function of CDK’s own reads a secret', () => {
    full.resourceCountIs('Custom::DescribeCognitoUserPoolClient', 0);
  });

  it('trust settings for the database name them, machines as machines', () => {
    const { Value } = full.findOutputs('TrustedClients').TrustedClients as { Value: unknown };
    const text = JSON.stringify(Value);
    expect(text.match(/client_id/g)).toHaveLength(4);
    expect(text.match(/machine/g)?.length).toBeGreaterThan(0);
    expect(JSON.stringify(least.findOutputs('TrustedClients'))).not.toContain('\\"machine\\"');
  });
});

describe('managed login', () => {
  it('is not there unless asked for', () => {
    least.resourceCountIs('AWS::Cognito::UserPoolDomain', 0);
    least.resourceCountIs('AWS::Cognito::ManagedLoginBranding', 0);
  });

  it('with a prefix, in the newer look, with a branding for each client of people', () => {
    const made = templateWith({ login: { prefix: 'my-app' } });
    expect(only(made, 'AWS::Cognito::UserPoolDomain')).toMatchObject({
      Domain: 'my-app',
      ManagedLoginVersion: 2,
    });
    expect(only(made, 'AWS::Cognito::ManagedLoginBranding')).toMatchObject({
      UseCognitoProvidedValues: true,
    });
    full.resourceCountIs('AWS::Cognito::ManagedLoginBranding', 3);
  });

  it('with a domain of its own, its certificate, and its own look', () => {
    expect(only(full, 'AWS::Cognito::UserPoolDomain')).toMatchObject({
      Domain: 'auth.example.com',
      CustomDomainConfig: { CertificateArn: expect.stringContaining(':acm:us-east-1:') },
    });
    const branding = only(full, 'AWS::Cognito::ManagedLoginBranding', /Web/);
    expect(branding.Settings).toEqual({ components: {} });
    expect(branding.UseCognitoProvidedValues).toBeUndefined();
  });
});

describe('federation', () => {
  const IDP = 'AWS::Cognito::UserPoolIdentityProvider';

  it('is not there unless asked for, and clients take Cognito alone', () => {
    least.resourceCountIs(IDP, 0);
    expect(only(least, CLIENT).SupportedIdentityProviders).toEqual(['COGNITO']);
  });

  it.each([
    ['Google', /Google/, 'Google', { email: 'email', username: 'sub' }],
    ['Apple', /SignInWithApple/, 'SignInWithApple', { email: 'email' }],
    ['SAML', /Okta/, 'SAML', { 'custom:company': 'company' }],
    ['OIDC', /Auth0/, 'OIDC', { email_verified: 'email_verified' }],
  ])('%s, with attributes mapped', (_, id, type, map) => {
    expect(only(full, IDP, id)).toMatchObject({ ProviderType: type, AttributeMapping: map });
  });

  it('SAML by metadata, with sign-out and identifiers', () => {
    expect(only(full, IDP, /Okta/)).toMatchObject({
      ProviderDetails: { MetadataURL: 'https://okta.example.com/metadata', IDPSignout: 'true' },
      IdpIdentifiers: ['example.com'],
    });
  });

  it('Auth0 by issuer, with the scopes that give an address', () => {
    expect(only(full, IDP, /Auth0/)).toMatchObject({
      ProviderDetails: {
        oidc_issuer: 'https://tenant.auth0.com',
        authorize_scopes: 'openid email profile',
      },
    });
  });

  it.each([
    ['Google', /Google/, 'client_secret', 'kit/google'],
    ['Apple', /SignInWithApple/, 'private_key', 'kit/apple'],
    ['Auth0', /Auth0/, 'client_secret', 'kit/auth0'],
  ])('the secret of %s is looked up at deployment', (_, id, key, name) => {
    const details = only(full, IDP, id).ProviderDetails as Record<string, string>;
    expect(details[key]).toBe(`{{resolve:secretsmanager:${name}:SecretString:::}}`);
  });

  it('clients accept every provider, depend on them, and may write their attributes', () => {
    for (const [id, { Properties, DependsOn }] of Object.entries(full.findResources(CLIENT))) {
      expect(DependsOn).toHaveLength(6);
      if (/Machine/.test(id)) continue;
      expect(Properties.SupportedIdentityProviders).toEqual([
        'COGNITO',
        'Google',
        'SignInWithApple',
        'Facebook',
        'LoginWithAmazon',
        'Okta',
        'Auth0',
      ]);
      expect(Properties.WriteAttributes).toContain('custom:company');
      expect(Properties.WriteAttributes).not.toContain('custom:seats');
    }
  });
});
