/** Where doctor has the issuer from, if nobody names it. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { collect, type DoctorOptions } from '../../../../cli/doctor/context.ts';

const POOL = 'eu-central-1_FromOption';
const issuerOf = (pool: string, region = 'eu-central-1') =>
  `https://cognito-idp.${region}.amazonaws.com/${pool}`;

let folder: string;
const workdirs = new Map<string, string>();

const CONFIGS = {
  none: undefined,
  broken: '[',
  cognito:
    '[auth.third_party.aws_cognito]\nenabled = true\nuser_pool_id = "env(MY_POOL)"\nuser_pool_region = "eu-west-1"\n',
  disabled:
    '[auth.third_party.aws_cognito]\nenabled = false\nuser_pool_id = "eu-west-1_A"\nuser_pool_region = "eu-west-1"\n',
  workos:
    '[auth.third_party.workos]\nenabled = true\nissuer_url = "http://127.0.0.1:9229/local_1"\n',
  several:
    '[auth.third_party.workos]\nenabled = true\nissuer_url = "https://example.com"\n[auth.third_party.firebase]\nenabled = true\nproject_id = "p"\n',
} as const;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'doctor-context-'));
  for (const [name, text] of Object.entries(CONFIGS)) {
    const workdir = path.join(folder, name);
    await mkdir(path.join(workdir, 'supabase'), { recursive: true });
    if (text !== undefined) await writeFile(path.join(workdir, 'supabase/config.toml'), text);
    workdirs.set(name, workdir);
  }
});
afterAll(() => rm(folder, { recursive: true }));

const ENV = { COGNITO_ISSUER: issuerOf('eu-central-1_FromEnv') };

test.each<
  [
    string,
    keyof typeof CONFIGS,
    Partial<DoctorOptions>,
    Readonly<Record<string, string>>,
    string | undefined,
  ]
>([
  ['the option comes first', 'cognito', { issuer: 'https://a', pool: POOL }, ENV, 'https://a'],
  ['then the environment', 'cognito', { pool: POOL }, ENV, ENV.COGNITO_ISSUER],
  [
    'a pool id in the environment',
    'none',
    {},
    { COGNITO_USER_POOL_ID: 'cn-north-1_A' },
    'https://cognito-idp.cn-north-1.amazonaws.com.cn/cn-north-1_A',
  ],
  ['then --pool', 'cognito', { pool: POOL }, { MY_POOL: 'eu-west-1_A' }, issuerOf(POOL)],
  [
    'then config.toml',
    'cognito',
    {},
    { MY_POOL: 'eu-west-1_A' },
    issuerOf('eu-west-1_A', 'eu-west-1'),
  ],
  ['the issuer of an emulator in it', 'workos', {}, {}, 'http://127.0.0.1:9229/local_1'],
  ['a variable of it is not set', 'cognito', {}, {}, undefined],
  ['a provider of it is disabled', 'disabled', {}, {}, undefined],
  ['it enables several', 'several', {}, {}, undefined],
  ['it cannot be read', 'broken', {}, {}, undefined],
  ['there is none', 'none', {}, {}, undefined],
])('%s', async (_name, config, options, env, expected) => {
  const workdir = workdirs.get(config) ?? '';
  const world = { input: Readable.from([]), env, print: () => undefined };
  const { context } = await collect({ workdir, ...options }, world);
  context.aws?.close();
  expect(context.issuer).toBe(expected);
  expect(context.version).toMatch(/^\d+\.\d+\.\d+$/);
});
