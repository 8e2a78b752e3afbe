import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { StageSettings } from '../../infra/config/settings.ts';
import { BASE, FULL, folder, template } from './support.ts';

const POOL = 'AWS::Cognito::UserPool';
const CLI = join(
  dirname(createRequire(import.meta.url).resolve('aws-cdk/package.json')),
  'bin/cdk',
);

type Resources = Record<string, { Type: string; Properties: Record<string, unknown> }>;

/**
 * Properties that are fixed when a pool is created. CloudFormation replaces the pool, or fails, if one of
 * them changes. Source: AWS::Cognito::UserPool, "Update requires", and UpdateUserPool, which takes none.
 */
const FOR_LIFE = ['AliasAttributes', 'UsernameAttributes', 'UsernameConfiguration'];

const poolOf = (resources: Resources) =>
  Object.entries(resources).find(([, { Type }]) => Type === POOL) ?? [];

const resourcesOf = (settings: StageSettings): Resources => template(settings).toJSON().Resources;

/** The same stage with every ordinary setting of it changed. */
const changed: StageSettings = { ...FULL, stage: 'dev', region: BASE.region };
const { firewall, ...operations } = FULL.operations ?? {};
const all: StageSettings = { ...changed, operations };

describe('changing settings', () => {
  const before = resourcesOf(BASE);
  const after = resourcesOf(all);
  const [idBefore, poolBefore] = poolOf(before);
  const [idAfter, poolAfter] = poolOf(after);

  it('changes much of the pool, or the rest of this proves nothing', () => {
    const names = Object.keys({ ...poolBefore?.Properties, ...poolAfter?.Properties });
    const different = names.filter(
      (name) =>
        JSON.stringify(poolBefore?.Properties[name]) !==
        JSON.stringify(poolAfter?.Properties[name]),
    );
    expect(different.length).toBeGreaterThan(8);
  });

  it('keeps the pool’s logical id, so that CloudFormation takes it for the same', () => {
    expect(idAfter).toBe(idBefore);
  });

  it.each(FOR_LIFE)('keeps %s', (name) => {
    expect(poolAfter?.Properties[name]).toEqual(poolBefore?.Properties[name]);
  });

  it('keeps the schema, and only adds to it', () => {
    expect(poolAfter?.Properties.Schema).toEqual(
      expect.arrayContaining(poolBefore?.Properties.Schema as unknown[]),
    );
  });

  it('cdk diff sees the pool changed and not replaced', async () => {
    const text = await diff(before, after);
    const line = text.split('\n').find((one) => one.includes(`${POOL} `)) ?? '';
    expect(line).toContain('[~]');
    expect(line).toContain(`${idBefore}`);
    expect(line).not.toMatch(/replace/);
  });

  it('cdk diff reports a replacement', async () => {
    // A client for another pool is a replacement, to check that the tool reports one.
    const [client] = Object.entries(before).find(([, r]) => r.Type === `${POOL}Client`) ?? [];
    const other = structuredClone(before);
    (other[`${client}`] as Resources[string]).Properties.UserPoolId = 'eu-central-1_another';
    expect(await diff(before, other)).toMatch(/UserPoolClient .*replace/);
  });
});

/** `cdk diff` between two templates, without an account. */
async function diff(before: Resources, after: Resources): Promise<string> {
  const dir = folder();
  const old = join(dir, 'old.json');
  const app = join(dir, 'app.cjs');
  writeFileSync(old, JSON.stringify({ Resources: before }));
  writeFileSync(join(dir, 'new.json'), JSON.stringify({ Resources: after }));
  const lib = createRequire(import.meta.url).resolve('aws-cdk-lib');
  const inc = createRequire(import.meta.url).resolve('aws-cdk-lib/cloudformation-include');
  writeFileSync(
    app,
    `const { App, Stack } = require(${JSON.stringify(lib)});
     const { CfnInclude } = require(${JSON.stringify(inc)});
     const stack = new Stack(new App(), 'stage');
     new CfnInclude(stack, 'New', { templateFile: ${JSON.stringify(join(dir, 'new.json'))} });`,
  );
  const args = [CLI, 'diff', '--app', `${process.execPath} ${app}`, '--template', old, 'stage'];
  const env = { ...process.env, CDK_VALIDATION: 'false', CDK_DISABLE_VERSION_CHECK: '1' };
  return new Promise((resolve) =>
    execFile(
      process.execPath,
      [...args, '--no-color', '--no-notices', '--output', join(dir, 'out')],
      { cwd: dir, env },
      (_, stdout, stderr) => resolve(stdout + stderr),
    ),
  );
}
