/** Synthesizes stages into folders of their own, offline. */
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { checkSettings } from '../../infra/config/check.ts';
import type { StageSettings } from '../../infra/config/settings.ts';
import { addChecks, buildApp, CONTEXT } from '../../infra/lib/app.ts';
import type { FunctionsPlace } from '../../infra/lib/bundle.ts';
import { KitStack } from '../../infra/lib/stacks/kit-stack.ts';

/** Recording stack traces takes longer than making the constructs. */
const QUICK = { 'aws:cdk:disable-stack-trace': true };

export const folder = (): string => mkdtempSync(join(tmpdir(), 'synth-'));

const bundlesDir = folder();

/** The minimum settings of a stage. Tests add one setting and check it. */
export const BASE: StageSettings = {
  stage: 'dev',
  region: 'eu-central-1',
  removal: 'destroy',
  supabase: { url: 'https://ref.supabase.co', publishableKey: 'sb_publishable_x' },
  pool: {},
  clients: {
    web: { callbackUrls: ['http://localhost:5173/'], logoutUrls: ['http://localhost:5173/'] },
  },
};

/** A stage with every optional setting. */
export const FULL: StageSettings = {
  ...BASE,
  supabase: { ...BASE.supabase, secretName: 'kit/supabase', recordSignIns: true },
  stage: 'staging',
  region: 'us-east-1',
  pool: {
    mfa: 'required',
    sms: true,
    threatProtection: 'enforce',
    passkeys: { relyingPartyId: 'auth.example.com', userVerification: 'required', asMfa: true },
    risk: {
      accountTakeover: {
        low: { action: 'none' },
        medium: { action: 'mfa-if-configured', notify: true },
        high: { action: 'block', notify: true },
      },
      blockedRanges: ['192.0.2.0/24'],
      skippedRanges: ['198.51.100.0/24', '2001:db8::/32'],
    },
    logs: ['delivery', 'sign-ins'],
    requiredAttributes: ['given_name', 'zoneinfo'],
    attributes: { company: { type: 'string', max: 100 }, seats: { type: 'number' } },
    groups: [{ name: 'admin', description: 'All' }, { name: 'support' }],
    email: { from: 'no-reply@example.com' },
  },
  preToken: {
    appRoleGroups: ['admin'],
    emailClaim: true,
    machineClaims: { abc: { plan: 'x' } },
    reservedConcurrency: 50,
  },
  functions: { logDays: 7, tracing: true },
  signUp: { denyDomains: ['throwaway.example'], linkProviders: ['Google'] },
  signIn: { whenDown: 'refuse' },
  migration: {
    url: 'https://old.supabase.co',
    publishableKey: 'sb_publishable_old',
    secretName: 'kit/old',
  },
  messages: { appName: 'Notes', language: 'de', newDevice: true, signInCodes: true },
  clients: {
    web: { callbackUrls: ['https://app.example.com/'], logoutUrls: ['https://app.example.com/'] },
    mobile: { callbackUrls: ['com.example.app://in'], logoutUrls: ['com.example.app://out'] },
    server: {
      callbackUrls: ['https://ssr.example.com/'],
      logoutUrls: ['https://ssr.example.com/'],
      adminPasswordFlow: true,
    },
    machine: {
      resourceServer: 'https://api.example.com',
      scopes: { 'rows:read': 'Read' },
      claims: { role: 'authenticated', app_role: 'support' },
    },
  },
  login: {
    domain: 'auth.example.com',
    certificateArn: 'arn:aws:acm:us-east-1:123456789012:certificate/abc',
    branding: { components: {} },
  },
  federation: {
    google: { clientId: 'g.apps.googleusercontent.com', secretName: 'kit/google' },
    facebook: { appId: '123', secretName: 'kit/facebook', apiVersion: 'v21.0' },
    amazon: { clientId: 'amzn1.x', secretName: 'kit/amazon', secretVersion: 'v-2' },
    apple: { servicesId: 'com.x', teamId: 'T', keyId: 'K', privateKeySecretName: 'kit/apple' },
    saml: {
      Okta: {
        metadataUrl: 'https://okta.example.com/metadata',
        signOut: true,
        identifiers: ['example.com'],
        attributes: { 'custom:company': 'company' },
      },
    },
    oidc: {
      Auth0: { issuer: 'https://tenant.auth0.com', clientId: 'a0', secretName: 'kit/auth0' },
    },
  },
  identityPool: {
    bucket: true,
    groupRoles: ['admin'],
    guests: true,
    auth0: { domain: 'tenant.auth0.com', clientIds: ['a0'] },
  },
  api: {
    corsOrigins: ['https://app.example.com'],
    admin: true,
    webhook: { secretName: 'kit/webhook' },
    rest: true,
  },
  reader: { accessKey: { serial: 2 } },
  operations: {
    alarms: { email: 'ops@example.com' },
    dashboard: true,
    firewall: { pool: true, api: true, logs: true },
  },
  encryption: 'customer-managed',
};

/** An existing pool. */
export const EXISTING: StageSettings = {
  ...BASE,
  stage: 'prod',
  removal: 'retain',
  pool: { existingId: 'eu-central-1_a1B2c3D4e', clientIds: ['abc'] },
  api: { corsOrigins: [] },
  reader: {},
  operations: { alarms: { email: 'ops@example.com' } },
};
delete (EXISTING as { clients?: unknown }).clients;

/** A template without the checks, which take most of the time. */
export function template(settings: StageSettings, place: FunctionsPlace = {}): Template {
  process.env.CDK_VALIDATION = 'false';
  try {
    const app = new App({ outdir: folder(), context: QUICK });
    const stack = new KitStack(app, `kit-${settings.stage}`, {
      settings: checkSettings(settings),
      place: { bundlesDir, ...place },
      env: { region: settings.region },
    });
    return Template.fromStack(stack);
  } finally {
    delete process.env.CDK_VALIDATION;
  }
}

/** BASE with changes. */
export const templateWith = (changes: Partial<StageSettings>): Template =>
  template({ ...BASE, ...changes });

/** Synthesizes with all checks, as `cdk synth` does, and returns all findings. */
export function check(settings: StageSettings): string[] {
  const outdir = folder();
  const { app } = buildApp(checkSettings(settings), { bundlesDir }, { outdir, context: QUICK });
  return violationsOf(app, outdir).map(({ rule }) => rule);
}

/**
 * The findings for each of several stacks. They share one synth, because starting the validator takes
 * most of its time.
 */
export function findings<Name extends string>(
  stage: StageSettings['stage'],
  stacks: Readonly<Record<Name, (stack: Stack) => void>>,
): Record<Name, string[]> {
  const outdir = folder();
  const app = new App({ outdir, context: { ...CONTEXT, ...QUICK } });
  addChecks(app, stage);
  const names = Object.keys(stacks) as Name[];
  for (const [index, name] of names.entries()) {
    stacks[name](new Stack(app, `stack${index}`, { env: { region: 'eu-central-1' } }));
  }
  const found = violationsOf(app, outdir);
  return Object.fromEntries(
    names.map((name, index) => [
      name,
      found
        .filter(({ paths }) => paths.some((path) => path.startsWith(`stack${index}/`)))
        .map(({ rule }) => rule),
    ]),
  ) as Record<Name, string[]>;
}

/** Every violation of a synth, of any severity, with its constructs. */
function violationsOf(app: App, outdir: string): { rule: string; paths: string[] }[] {
  let failed = false;
  try {
    app.synth();
  } catch {
    failed = true;
  }
  const report = JSON.parse(readFileSync(join(outdir, 'validation-report.json'), 'utf8'));
  // biome-ignore lint/suspicious/noExplicitAny: CDK has no type for its report
  const violations: any[] = report.pluginReports.flatMap((plugin: any) => plugin.violations);
  const isError = violations.some(({ severity }) => severity === 'error');
  if (failed !== isError) throw new Error('the synth ended otherwise than its report says');
  return violations.map(({ ruleName, violatingConstructs = [] }) => ({
    rule: ruleName,
    paths: violatingConstructs.map((one: { constructPath?: string }) => one.constructPath ?? ''),
  }));
}

/** The properties of the one resource of a type, or of the one whose logical id matches. */
export function only(from: Template, type: string, id = /./): Record<string, unknown> {
  const found = Object.entries(from.findResources(type)).filter(([name]) => id.test(name));
  if (found.length !== 1) throw new Error(`${found.length} resources of type ${type} like ${id}`);
  return found[0]?.[1].Properties ?? {};
}
