/** Settings that are wrong in one place each. */
import type { StageSettings } from '../../../infra/config/settings.ts';

/** The minimum settings of a stage. */
export const BASE: StageSettings = {
  stage: 'staging',
  region: 'eu-central-1',
  removal: 'destroy',
  supabase: { url: 'https://ref.supabase.co', publishableKey: 'sb_publishable_x' },
  pool: {},
  clients: {
    web: { callbackUrls: ['https://app.example.com/'], logoutUrls: ['https://app.example.com/'] },
  },
};

// biome-ignore lint/suspicious/noExplicitAny: wrong on purpose
export type Wrong = any;

const web = (more: Wrong) => ({ clients: { web: { ...BASE.clients?.web, ...more } } });
export const callback = (url: string) => web({ callbackUrls: [url] });
export const login = { login: { prefix: 'my-app' } };
export const apple = (more: Wrong) => ({
  ...login,
  federation: {
    apple: { servicesId: 's', teamId: 't', keyId: 'k', privateKeySecretName: 'kit/apple', ...more },
  },
});
const google = (secretName: string) => ({
  ...login,
  federation: { google: { clientId: 'g', secretName } },
});
const serviceKey = `eyJhbGciOiJIUzI1NiJ9.${Buffer.from('{"role":"service_role"}').toString('base64url')}.c2ln`;
export const anonKey = `eyJhbGciOiJIUzI1NiJ9.${Buffer.from('{"role":"anon"}').toString('base64url')}.c2ln`;
export const existing = {
  pool: { existingId: 'eu-central-1_a1B2', clientIds: ['abc'] },
  clients: undefined,
};

const withKey = { supabase: { ...BASE.supabase, secretName: 'kit/supabase' } };

/** Wrong settings → the key at the beginning of the message, and a word of the message. */
export const WRONG: readonly [Wrong, string, RegExp][] = [
  [{ stage: 'test' }, 'stage', /not one of dev, staging, prod/],
  [{ region: 'Frankfurt' }, 'region', /not a region/],
  [{ account: '12' }, 'account', /not an account/],
  [{ stage: 'prod', operations: { alarms: {} } }, 'removal', /must not be destroyed/],
  [{ stage: 'prod', removal: 'retain' }, 'operations.alarms', /missing in prod/],

  [{ supabase: { url: '', publishableKey: 'x' } }, 'supabase.url', /missing/],
  [
    { supabase: { url: 'https://x.supabase.co/rest', publishableKey: 'x' } },
    'supabase.url',
    /address/,
  ],
  [
    { supabase: { ...BASE.supabase, recordSignIns: true } },
    'supabase.recordSignIns',
    /needs the secret key/,
  ],
  [{ supabase: { ...BASE.supabase, publishableKey: '' } }, 'supabase.publishableKey', /missing/],
  [
    { supabase: { ...BASE.supabase, publishableKey: 'sb_secret_x' } },
    'supabase.publishableKey',
    /plain text/,
  ],
  [
    { supabase: { ...BASE.supabase, publishableKey: serviceKey } },
    'supabase.publishableKey',
    /service_role/,
  ],
  [
    { supabase: { ...BASE.supabase, secretName: 'sb_secret_x' } },
    'supabase.secretName',
    /plain text/,
  ],

  [callback('https://*.example.com/'), 'clients.web.callbackUrls[0]', /wildcard/],
  [callback('http://app.example.com/'), 'clients.web.callbackUrls[0]', /http outside dev/],
  [callback('http://localhost:1/'), 'clients.web.callbackUrls[0]', /http outside dev/],
  [{ stage: 'dev', ...callback('http://127.0.0.1/') }, 'clients.web.callbackUrls[0]', /localhost/],
  [callback('https://a.example.com/#x'), 'clients.web.callbackUrls[0]', /fragment/],
  [callback('https://a:b@a.example.com/'), 'clients.web.callbackUrls[0]', /password/],
  [callback('com.example.app://in'), 'clients.web.callbackUrls[0]', /scheme/],
  [callback('/auth'), 'clients.web.callbackUrls[0]', /not a URL/],
  [web({ logoutUrls: ['https://*'] }), 'clients.web.logoutUrls[0]', /wildcard/],
  [web({ callbackUrls: [] }), 'clients.web.callbackUrls', /empty/],
  [web({ tokenMinutes: 600 }), 'clients.web.tokenMinutes', /5 to 60/],
  [web({ refreshDays: 0 }), 'clients.web.refreshDays', /1 to 365/],
  [{ clients: undefined }, 'clients.web', /missing/],
  [
    {
      clients: {
        ...BASE.clients,
        mobile: { callbackUrls: ['javascript:x'], logoutUrls: ['a.b://x'] },
      },
    },
    'clients.mobile.callbackUrls[0]',
    /scheme/,
  ],
  [
    {
      clients: {
        ...BASE.clients,
        mobile: { callbackUrls: ['myapp://x'], logoutUrls: ['a.b://x'] },
      },
    },
    'clients.mobile.callbackUrls[0]',
    /other apps/,
  ],
  [
    { clients: { ...BASE.clients, machine: { resourceServer: 'x', scopes: { a: 'A' } } } },
    'login',
    /machine/,
  ],
  [
    { ...login, clients: { ...BASE.clients, machine: { resourceServer: 'x', scopes: {} } } },
    'clients.machine.scopes',
    /empty/,
  ],

  [{ pool: { plan: 'LITE' } }, 'pool.plan', /LITE has no V3_0/],
  [{ pool: { plan: 'ESSENTIALS', threatProtection: 'audit' } }, 'pool.threatProtection', /PLUS/],
  [
    { pool: { plan: 'LITE' }, preToken: { version: 'V1_0', versionReason: 'x' } },
    'pool.plan',
    /password history/,
  ],
  [{ pool: { password: { minLength: 8 } } }, 'pool.password.minLength', /12 to 99/],
  [{ pool: { password: { history: 25 } } }, 'pool.password.history', /0 to 24/],
  [{ pool: { groups: [{ name: 'a' }, { name: 'a' }] } }, 'pool.groups', /twice/],
  [{ pool: { groups: [{ name: 'a b' }] } }, 'pool.groups[0].name', /not a name/],
  [{ pool: { attributes: { role: { type: 'string' } } } }, 'pool.attributes.role', /called role/],
  [
    { pool: { attributes: { 'custom:x': { type: 'string' } } } },
    'pool.attributes.custom:x',
    /name/,
  ],
  [{ pool: { mfa: 'off', sms: true } }, 'pool.sms', /second factor/],
  [{ pool: { email: { from: 'nobody' } } }, 'pool.email.from', /address/],
  [{ preToken: { version: 'V2_0' } }, 'preToken.versionReason', /missing/],
  [
    { preToken: { version: 'V2_0', versionReason: 'x', machineClaims: {} } },
    'preToken.machineClaims',
    /machines/,
  ],
  [{ preToken: { appRoleGroups: ['boss'] } }, 'preToken.appRoleGroups[0]', /no group boss/],

  [
    { ...existing, region: 'us-east-1' },
    'pool.existingId',
    /in eu-central-1, and region says us-east-1/,
  ],
  [{ ...existing, pool: { existingId: 'x', clientIds: ['a'] } }, 'pool.existingId', /not the id/],
  [{ ...existing, pool: { ...existing.pool, clientIds: [] } }, 'pool.clientIds', /empty/],
  [{ ...existing, ...login }, 'login', /another/],
  [{ ...existing, clients: BASE.clients }, 'clients', /another/],

  [{ login: { prefix: 'my-cognito' } }, 'login.prefix', /prefix/],
  [
    {
      login: {
        domain: 'auth.example.com',
        certificateArn: 'arn:aws:acm:eu-central-1:123456789012:certificate/a',
      },
    },
    'login.certificateArn',
    /in eu-central-1/,
  ],
  [{ login: { domain: 'https://a.example.com', certificateArn: '' } }, 'login.domain', /host/],

  [apple({ keyId: undefined }), 'federation.apple.keyId', /missing/],
  [apple({ privateKeySecretName: undefined }), 'federation.apple.privateKeySecretName', /missing/],
  [
    apple({ privateKeySecretName: '-----BEGIN PRIVATE KEY-----x' }),
    'federation.apple.privateKeySecretName',
    /plain text/,
  ],
  [google('GOCSPX-abcdef'), 'federation.google.secretName', /plain text/],
  [google('aB3dE6gH9jK2mN5pQ8sT1vW4'), 'federation.google.secretName', /plain text/],
  [google('arn:aws:secretsmanager:x'), 'federation.google.secretName', /ARN/],
  [{ federation: { google: { clientId: 'g', secretName: 's' } } }, 'login', /providers/],
  [
    { ...login, federation: { saml: { Okta: { metadataUrl: 'http://x' } } } },
    'federation.saml.Okta.metadataUrl',
    /https/,
  ],
  [
    { ...login, federation: { saml: { Google: { metadataUrl: 'https://x.y' } } } },
    'federation.saml.Google',
    /name/,
  ],
  [
    {
      ...login,
      federation: {
        saml: { Okta: { metadataUrl: 'https://x.y', attributes: { 'custom:no': 'x' } } },
      },
    },
    'federation.saml.Okta.attributes.custom:no',
    /not an attribute/,
  ],
  [
    {
      ...login,
      pool: { attributes: { co: { type: 'string', mutable: false } } },
      federation: {
        saml: { Okta: { metadataUrl: 'https://x.y', attributes: { 'custom:co': 'x' } } },
      },
    },
    'federation.saml.Okta.attributes.custom:co',
    /immutable/,
  ],
  [
    {
      ...login,
      federation: {
        oidc: { Auth0: { issuer: 'tenant.auth0.com', clientId: 'x', secretName: 'y' } },
      },
    },
    'federation.oidc.Auth0.issuer',
    /https/,
  ],

  [{ api: { corsOrigins: ['*'] } }, 'api.corsOrigins[0]', /wildcard/],
  [{ api: { corsOrigins: ['https://a.example.com/'] } }, 'api.corsOrigins[0]', /not an origin/],
  [{ api: { corsOrigins: ['http://localhost:1'] } }, 'api.corsOrigins[0]', /https/],
  [{ api: { corsOrigins: [], throttle: { rate: 9, burst: 1 } } }, 'api.throttle', /does not work/],
  [
    {
      api: {
        corsOrigins: [],
        domain: {
          name: 'a.example.com',
          certificateArn: 'arn:aws:acm:us-east-1:123456789012:certificate/a',
        },
      },
    },
    'api.domain.certificateArn',
    /in us-east-1/,
  ],
  [
    { identityPool: { auth0: { domain: 'https://x', clientIds: ['a'] } } },
    'identityPool.auth0.domain',
    /host/,
  ],
  [
    { identityPool: { auth0: { domain: 'a.auth0.com', clientIds: [] } } },
    'identityPool.auth0.clientIds',
    /empty/,
  ],
  [{ identityPool: { groupRoles: ['boss'] } }, 'identityPool.groupRoles[0]', /no group/],
  [{ mfa: 'required' }, 'mfa', /not a setting/],
  [
    {
      ...login,
      clients: {
        ...BASE.clients,
        machine: { resourceServer: 'x', scopes: { a: 'A' }, claims: { role: 'service_role' } },
      },
    },
    'clients.machine.claims.role',
    /only the role authenticated/,
  ],
  [{ pool: { mfa: 'REQUIRED' } }, 'pool.mfa', /"REQUIRED" is not one of off, optional, required/],
  [{ removal: 'keep' }, 'removal', /"keep" is not one of destroy, retain/],
  [
    { pool: { threatProtection: 'ENFORCED' } },
    'pool.threatProtection',
    /"ENFORCED" is not one of audit, enforce/,
  ],
  [{ preToken: { version: 'V4_0' } }, 'preToken.version', /"V4_0" is not one of V1_0, V2_0, V3_0/],
  [{ pool: { mFa: 'required' } }, 'pool.mFa', /not a setting/],
  [{ pool: { password: { minlength: 14 } } }, 'pool.password.minlength', /not a setting/],
  [web({ tokenMinute: 5 }), 'clients.web.tokenMinute', /not a setting/],
  [web({ tokenMinutes: '5' }), 'clients.web.tokenMinutes', /"5" is not of type number/],
  [web({ tokenMinutes: 7.5 }), 'clients.web.tokenMinutes', /./],
  [
    web({ callbackUrls: 'https://a.example.com/' }),
    'clients.web.callbackUrls',
    /is not of type array/,
  ],
  [
    web({ callbackUrls: ['https://a.example.com/', 'https://a.example.com/'] }),
    'clients.web.callbackUrls',
    /twice/,
  ],
  [{ ...existing, pool: { ...existing.pool, mfa: 'off' } }, 'pool.mfa', /not a setting/],
  [{ login: { prefix: 'my-app', domian: 'x' } }, 'login.domian', /not a setting/],
  [{ login: { prefix: 7 } }, 'login.prefix', /7 is not of type string/],
  [{ operations: { firewall: { api: 'yes' } } }, 'operations.firewall.api', /./],
  [{ operations: { alarm: {} } }, 'operations.alarm', /not a setting/],
  [{ operations: { alarms: {} } }, 'operations.alarms.email', /reach nobody/],
  [
    { operations: { alarms: { email: 'a@b.co', failedSignIns: 0 } } },
    'operations.alarms.failedSignIns',
    /above 0/,
  ],
  [{ operations: { firewall: { logs: true } } }, 'operations.firewall.logs', /no firewall/],
  [
    { pool: { email: { from: 'a@b.co', sesRegion: 'Ireland' } } },
    'pool.email.sesRegion',
    /not a region/,
  ],
  [{ pool: { email: { from: 'a@b.co', replyTo: 'x' } } }, 'pool.email.replyTo', /address/],
  [
    { pool: { passkeys: { relyingPartyId: 'https://a.example.com' } } },
    'pool.passkeys.relyingPartyId',
    /host/,
  ],
  [
    {
      pool: { passkeys: { relyingPartyId: 'other.example' } },
      login: {
        domain: 'auth.example.com',
        certificateArn: 'arn:aws:acm:us-east-1:123456789012:certificate/a',
      },
    },
    'pool.passkeys.relyingPartyId',
    /nor above it/,
  ],
  [
    { pool: { mfa: 'required', passkeys: { relyingPartyId: 'a.example.com' } } },
    'pool.passkeys',
    /nobody could sign in/,
  ],
  [
    { pool: { passkeys: { relyingPartyId: 'a.example.com', asMfa: true } } },
    'pool.passkeys.asMfa',
    /two factors/,
  ],
  [
    {
      pool: {
        mfa: 'off',
        passkeys: { relyingPartyId: 'a.example.com', userVerification: 'required', asMfa: true },
      },
    },
    'pool.passkeys.asMfa',
    /no second factor/,
  ],
  [{ pool: { risk: {} } }, 'pool.risk', /no threat protection/],
  [{ pool: { logs: ['sign-ins'] } }, 'pool.logs', /threat protection/],
  [
    {
      pool: {
        threatProtection: 'enforce',
        risk: { accountTakeover: { high: { action: 'block', notify: true } } },
      },
    },
    'pool.risk.accountTakeover.high.notify',
    /SES/,
  ],
  [
    {
      pool: {
        mfa: 'off',
        threatProtection: 'enforce',
        risk: { accountTakeover: { high: { action: 'mfa-required' } } },
      },
    },
    'pool.risk.accountTakeover.high.action',
    /second factor/,
  ],
  [
    { pool: { threatProtection: 'enforce', risk: { blockedRanges: ['everybody'] } } },
    'pool.risk.blockedRanges[0]',
    /address range/,
  ],
  [
    { pool: { requiredAttributes: ['shoe_size'] } },
    'pool.requiredAttributes[0]',
    /not one of address/,
  ],
  [{ preToken: { reservedConcurrency: 0 } }, 'preToken.reservedConcurrency', /nobody/],
  [{ encryption: 'yes' }, 'encryption', /"yes" is not one of customer-managed/],
  [
    {
      ...login,
      federation: {
        oidc: { Auth0: { issuer: 'https://t.auth0.com/', clientId: 'x', secretName: 'y' } },
      },
    },
    'federation.oidc.Auth0.issuer',
    /not an issuer/,
  ],
  [
    { ...login, federation: { facebook: { appId: '', secretName: 's' } } },
    'federation.facebook.appId',
    /missing/,
  ],
  [
    { ...login, federation: { amazon: { clientId: 'c', secretName: 'arn:x' } } },
    'federation.amazon.secretName',
    /ARN/,
  ],
  [
    { identityPool: { auth0: { domain: 'a.auth0.com', clientIds: ['a'], providerArn: 'x' } } },
    'identityPool.auth0.providerArn',
    /ARN/,
  ],
  [{ signUp: { allowDomains: ['example'] } }, 'signUp.allowDomains[0]', /not a domain/],
  [{ signUp: { denyDomains: ['a.example', '*'] } }, 'signUp.denyDomains[1]', /not a domain/],
  [{ signUp: { linkProviders: ['Google'] } }, 'signUp.linkProviders[0]', /Google/],
  [
    {
      ...login,
      federation: { facebook: { appId: 'a', secretName: 'kit/facebook' } },
      signUp: { linkProviders: ['Facebook'] },
    },
    'signUp.linkProviders[0]',
    /whether an address is verified/,
  ],
  [
    { ...google('kit/google'), signUp: { linkProviders: ['Google', 'Google'] } },
    'signUp.linkProviders',
    /twice/,
  ],
  [{ ...existing, signUp: {} }, 'signUp', /exists already/],
  [{ ...existing, messages: { appName: 'Notes' } }, 'messages', /exists already/],
  [{ messages: { appName: 'N'.repeat(41) } }, 'messages.appName', /40 characters/],
  [{ messages: { appName: 'Notes', newDevice: true } }, 'messages.newDevice', /sender/],
  [{ messages: { appName: 'Notes', signInCodes: true } }, 'messages.signInCodes', /sender/],
  [{ signIn: { whenDown: 'allow' } }, 'signIn', /needs the secret key/],
  [{ signIn: { whenDown: 'maybe' } }, 'signIn.whenDown', /not one of/],
  [{ ...existing, signIn: { whenDown: 'allow' } }, 'signIn', /exists already/],
  [{ migration: {} }, 'migration', /needs the secret key/],
  [{ ...existing, migration: {} }, 'migration', /exists already/],
  [{ ...withKey, migration: { url: 'https://old.supabase.co' } }, 'migration', /another project/],
  [{ ...withKey, migration: { url: 'http://old.example' } }, 'migration.url', /not the address/],
  [{ messages: { appName: 'Notes', language: 'German' } }, 'messages.language', /two small/],
  [{ reader: { accessKey: { serial: 0 } } }, 'reader.accessKey.serial', /whole number/],
  [{ functions: { logDays: 8 } }, 'functions.logDays', /8 is not one of 1, 3, 5/],
  [{ operations: { alarms: { email: 'x' } } }, 'operations.alarms.email', /address/],
  [{ operations: { firewall: { api: true } } }, 'operations.firewall.api', /no API/],
  [
    { api: { corsOrigins: [] }, operations: { firewall: { api: true } } },
    'operations.firewall.api',
    /us-east-1/,
  ],
];
