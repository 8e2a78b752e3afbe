import {
  mkdirSync,
  readFileSync,
  realpathSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bundle, FUNCTIONS_DIR } from '../../infra/lib/bundle.ts';
import { entryOf, missingTriggers } from '../../infra/lib/triggers.ts';
import { BASE, folder, only, template, templateWith } from './support.ts';

const FUNCTION = 'AWS::Lambda::Function';
const environment = (made: ReturnType<typeof templateWith>, id = /PreToken/) =>
  (only(made, FUNCTION, id).Environment as { Variables: object } | undefined)?.Variables;
const poolTrigger = (made: ReturnType<typeof templateWith>) =>
  only(made, 'AWS::Cognito::UserPool').LambdaConfig;

describe('the pre-token function', () => {
  it('is bundled to at most 4,096 bytes', () => {
    const file = join(bundle(entryOf('pre-token'), { bundlesDir: folder() }), 'index.mjs');
    expect(statSync(file).size).toBeGreaterThan(0);
    expect(statSync(file).size).toBeLessThanOrEqual(4096);
  });

  it('is the very file that the local pool runs', () => {
    const local = readFileSync(new URL('../../local/cognito/server.ts', import.meta.url), 'utf8');
    const name = /'(@cognito-supabase\/functions\/pre-token\/handler)'/.exec(local)?.[1] as string;
    const found = createRequire(import.meta.url).resolve(name);
    expect(realpathSync(found)).toBe(realpathSync(join(FUNCTIONS_DIR, entryOf('pre-token'))));
  });

  it('runs on the current Node and arm64, small and short, with a log that forgets', () => {
    const made = templateWith({});
    expect(only(made, FUNCTION)).toMatchObject({
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      MemorySize: 128,
      Timeout: 5,
      Handler: 'index.handler',
    });
    expect(only(made, 'AWS::Logs::LogGroup')).toMatchObject({ RetentionInDays: 30 });
    const longer = templateWith({ functions: { logDays: 365 } });
    expect(only(longer, 'AWS::Logs::LogGroup')).toMatchObject({ RetentionInDays: 365 });
  });

  it('is traced by choice', () => {
    expect(only(templateWith({}), FUNCTION).TracingConfig).toBeUndefined();
    const traced = templateWith({ functions: { tracing: true } });
    expect(only(traced, FUNCTION).TracingConfig).toEqual({ Mode: 'Active' });
  });

  it.each(['V1_0', 'V2_0', 'V3_0'] as const)('gets events of %s', (version) => {
    const made = templateWith({ preToken: { version, versionReason: 'told so' } });
    expect(poolTrigger(made)).toMatchObject({
      PreTokenGenerationConfig: { LambdaVersion: version },
    });
    expect(only(made, FUNCTION).Description).toContain('told so');
  });

  it('gets events of V3_0 by default', () => {
    expect(poolTrigger(templateWith({}))).toMatchObject({
      PreTokenGenerationConfig: { LambdaVersion: 'V3_0' },
    });
  });

  it('has the configured settings only', () => {
    expect(environment(templateWith({}))).toBeUndefined();
    const made = templateWith({
      pool: { groups: [{ name: 'admin' }, { name: 'support' }] },
      preToken: {
        appRoleGroups: ['admin', 'support'],
        emailClaim: true,
        machineClaims: { abc: { plan: 'x' } },
      },
    });
    expect(environment(made)).toEqual({
      APP_ROLE_GROUPS: 'admin,support',
      EMAIL_CLAIM: 'true',
      MACHINE_CLAIMS: '{"abc":{"plan":"x"}}',
    });
  });
});

/** functions/ with more triggers than it has. */
function functionsWith(...folders: string[]): string {
  const functionsDir = folder();
  for (const name of ['pre-token', 'api', 'package.json']) {
    symlinkSync(join(FUNCTIONS_DIR, name), join(functionsDir, name));
  }
  for (const name of folders) {
    mkdirSync(join(functionsDir, name));
    writeFileSync(
      join(functionsDir, name, 'handler.ts'),
      'export const handler = async (event: unknown) => event;\n',
    );
  }
  return functionsDir;
}

describe('other triggers', () => {
  const ALL = [
    'pre-sign-up',
    'pre-authentication',
    'post-authentication',
    'post-confirmation',
    'user-migration',
    'custom-message',
  ] as const;

  it('are left out while functions/ has no handler', () => {
    const made = template(BASE, { functionsDir: functionsWith() });
    expect(Object.keys(poolTrigger(made) as object)).toEqual(['PreTokenGenerationConfig']);
    made.resourceCountIs(FUNCTION, 1);
    expect(missingTriggers({ functionsDir: functionsWith() })).toEqual(ALL);
  });

  it('are wired once functions/ has them', () => {
    const functionsDir = functionsWith(...ALL);
    const made = template(BASE, { functionsDir });
    expect(Object.keys(poolTrigger(made) as object).sort()).toEqual([
      'CustomMessage',
      'PostAuthentication',
      'PostConfirmation',
      'PreAuthentication',
      'PreSignUp',
      'PreTokenGenerationConfig',
      'UserMigration',
    ]);
    made.resourceCountIs('AWS::Lambda::Permission', 7);
    expect(missingTriggers({ functionsDir })).toEqual([]);
  });

  it('get the name of the secret key, never the key, and may read that one alone', () => {
    const functionsDir = functionsWith('post-confirmation');
    const supabase = { ...BASE.supabase, secretName: 'kit/supabase' };
    const made = template({ ...BASE, supabase }, { functionsDir });
    expect(environment(made, /postconfirmation/)).toEqual({
      SUPABASE_URL: 'https://ref.supabase.co',
      SUPABASE_SECRET_NAME: 'kit/supabase',
    });
    const policies = JSON.stringify(made.findResources('AWS::IAM::Policy'));
    expect(policies.match(/secretsmanager:GetSecretValue/g)).toHaveLength(1);
    expect(policies).toContain('secret:kit/supabase-??????');

    const without = JSON.stringify(template(BASE, { functionsDir }).toJSON());
    expect(without).not.toContain('secretsmanager:');
  });
});
