import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { checkSettings, checkStagesApart } from '../../../infra/config/check.ts';
import { STAGES, type StageSettings } from '../../../infra/config/settings.ts';
import { examplesIn, loadStage } from '../../../infra/config/stages.ts';
import {
  anonKey,
  apple,
  BASE,
  callback,
  existing,
  login,
  WRONG,
  type Wrong,
} from './wrong-settings.ts';

describe('wrong settings', () => {
  it.each(WRONG)('%j: %s', (changes, key, problem) => {
    const check = () => checkSettings({ ...BASE, ...changes });
    expect(check).toThrow(problem);
    try {
      check();
    } catch (error) {
      const { code, message, hint } = error as Wrong;
      expect(code).toMatch(/^SETTING_(INVALID|MISSING)$/);
      expect(message.startsWith(`${key}: `)).toBe(true);
      expect(message).not.toContain('\n');
      expect(hint).not.toBe('');
    }
  });

  it.each<[Wrong, RegExp]>([
    [{ pool: { Mfa: 'off' } }, /Do you mean mfa\?.*plan, selfSignUp/],
    [{ pool: { mfa: 'on' } }, /One of off, optional, required/],
    [{ clients: { wbe: {} } }, /Allowed: web, mobile, server, machine/],
  ])('%j: what is allowed is in the hint', (changes, hint) => {
    try {
      checkSettings({ ...BASE, ...changes });
      expect.unreachable();
    } catch (error) {
      expect((error as Wrong).hint).toMatch(hint);
    }
  });

  it('a secret is never shown', () => {
    for (const secret of ['sb_secret_topsecret', 'GOCSPX-topsecret', 'sbp_topsecret']) {
      expect(() => checkSettings({ ...BASE, account: secret })).toThrow(/plain text/);
      expect(() => checkSettings({ ...BASE, account: secret })).not.toThrow(/topsecret/);
    }
  });
});

describe('right settings', () => {
  it.each<[string, Wrong]>([
    ['the least', {}],
    [
      'the older kind of publishable key',
      { supabase: { ...BASE.supabase, publishableKey: anonKey } },
    ],
    ['http://localhost in dev', { stage: 'dev', ...callback('http://localhost:5173/') }],
    [
      'LITE for ID tokens alone',
      {
        pool: { plan: 'LITE', password: { history: 0 } },
        preToken: { version: 'V1_0', versionReason: 'x' },
      },
    ],
    ['V2_0 with a reason', { preToken: { version: 'V2_0', versionReason: 'x' } }],
    ['Apple with its key', apple({})],
    ['a pool that exists', existing],
  ])('%s', (_, changes) => {
    const settings = { ...BASE, ...changes };
    expect(checkSettings(settings)).toBe(settings);
  });
});

describe('stages', () => {
  it.each(STAGES)('%s is valid, and is marked as an example', (stage) => {
    expect(loadStage(stage).stage).toBe(stage);
    expect(examplesIn(loadStage(stage))).toContain('supabase.url');
  });

  it.each([['test'], [undefined], ['']])('%j is no stage', (stage) => {
    expect(() => loadStage(stage)).toThrow(/^stage: .*dev, staging, prod/);
  });

  it.each([
    ['pool.existingId', existing],
    ['login.prefix', { ...login, supabase: { ...BASE.supabase, url: 'https://b.supabase.co' } }],
    ['supabase.url', {}],
  ])('never share %s', (key, changes) => {
    const a = { ...BASE, ...changes, supabase: { ...BASE.supabase, url: 'https://a.supabase.co' } };
    const b = {
      ...a,
      stage: 'prod' as const,
      supabase: { ...BASE.supabase, url: 'https://b.supabase.co' },
    };
    const shared = key === 'supabase.url' ? { ...b, supabase: a.supabase } : b;
    expect(() => checkStagesApart([a, shared] as StageSettings[])).toThrow(
      `${key}: staging and prod`,
    );
  });

  it('make the provider of a tenant once in an account', () => {
    const auth0 = { domain: 'tenant.auth0.com', clientIds: ['a'] };
    const stage = (name: string, more: Wrong = {}) => ({
      ...BASE,
      stage: name,
      supabase: { ...BASE.supabase, url: `https://${name}.supabase.co` },
      identityPool: { auth0: { ...auth0, ...more } },
    });
    const providerArn = 'arn:aws:iam::123456789012:oidc-provider/tenant.auth0.com/';
    const together = [stage('dev'), stage('staging')] as StageSettings[];
    expect(() => checkStagesApart(together)).toThrow(/dev and staging would both make/);
    const apart = [stage('dev'), stage('staging', { providerArn })] as StageSettings[];
    expect(() => checkStagesApart(apart)).not.toThrow();
    const accounts = together.map((one, at) => ({ ...one, account: `12345678901${at}` }));
    expect(() => checkStagesApart(accounts)).not.toThrow();
  });
});

describe('the app', () => {
  const run = (...args: string[]) =>
    new Promise<{ code: unknown; stderr: string }>((resolve) => {
      const file = fileURLToPath(new URL('../../../infra/bin/app.ts', import.meta.url));
      const context = JSON.stringify(args.length ? { stage: args[0] } : {});
      const env = { ...process.env, CDK_CONTEXT_JSON: context };
      execFile(process.execPath, [file], { env }, (error, _, stderr) =>
        resolve({ code: error?.code, stderr }),
      );
    });

  it('refuses an unknown stage with one line and a hint', async () => {
    const { code, stderr } = await run('test');
    expect(code).toBe(1);
    expect(stderr).toBe(
      'error SETTING_INVALID: stage: "test" is not one of dev, staging, prod\n→ npx cdk synth -c stage=dev\n',
    );
  });

  it('asks for a stage if none is named', async () => {
    expect((await run()).stderr).toMatch(/^error SETTING_MISSING: stage: is missing/);
  });
});
