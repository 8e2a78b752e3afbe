/** The generated project, read by the Supabase CLI's own parser. */
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { configFor, makeProject, projectIdOf } from '@cognito-supabase/local/docker/project';
import { runSupabase } from '@cognito-supabase/local/supabase-cli';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { newDir, removeDir } from '../../../support/stack.ts';

const ROOT = path.resolve(import.meta.dirname, '../../../..');
const ports = { web: 20_000, api: 20_001, db: 20_002, cognito: 20_003, http: 9 };
const ISSUER = 'http://127.0.0.1:20003/local-1_CognitoKit';
let dir: string;
let options: Parameters<typeof makeProject>[0];

beforeEach(async () => {
  dir = await newDir();
  options = { from: ROOT, to: dir, projectId: 'kit-test', ports, issuer: ISSUER };
});
afterEach(() => removeDir(dir));

const config = () => path.join(dir, 'supabase', 'config.toml');

/** Every command reads config.toml first. This one then finds no database. */
async function parse(): Promise<string> {
  const nowhere = 'postgresql://postgres@127.0.0.1:1/postgres';
  const { code, output } = await runSupabase(nowhere, ['migration', 'list', `--workdir=${dir}`]);
  expect(code).not.toBe(0);
  return output;
}
const UNDERSTOOD = /failed to connect|connection refused|ECONNREFUSED/i;

describe("the CLI's parser", () => {
  test('takes the generated config', async () => {
    await makeProject(options);
    expect(await parse()).toMatch(UNDERSTOOD);
  });

  test('takes it for a pool on AWS', async () => {
    await makeProject({ ...options, issuer: null });
    const text = await readFile(config(), 'utf8');
    expect(text).toMatch(/\[auth\.third_party\.aws_cognito\]\nenabled = true/);
    expect(text).not.toContain('workos');
    process.env.COGNITO_USER_POOL_ID = 'eu-west-1_x';
    process.env.COGNITO_REGION = 'eu-west-1';
    expect(await parse()).toMatch(UNDERSTOOD);
  });

  test.each<[string, (text: string) => string, RegExp]>([
    [
      'two providers',
      (text) =>
        text.replace(
          '[auth.third_party.aws_cognito]\nenabled = false',
          '[auth.third_party.aws_cognito]\nenabled = true',
        ),
      /Only one third_party provider/,
    ],
    [
      'no issuer',
      (text) => text.replace(/issuer_url = .*/, ''),
      /workos is enabled but without a issuer_url/,
    ],
    [
      'a table twice',
      (text) => `${text}\n[api]\nport = 1\n`,
      /toml|pars|redefin|already|duplicate/i,
    ],
  ])('finds %s', async (_, breakIt, message) => {
    await makeProject(options);
    const text = await readFile(config(), 'utf8');
    expect(breakIt(text)).not.toBe(text);
    await writeFile(config(), breakIt(text));
    const output = await parse();
    expect(output).not.toMatch(UNDERSTOOD);
    expect(output).toMatch(message);
  });
});

describe('the generated config', () => {
  const generate = async (hasFunctions = false) =>
    configFor(
      await readFile(path.join(ROOT, 'supabase', 'config.toml'), 'utf8'),
      options,
      hasFunctions,
    );

  test('has the ports of this stack, and no port that another stack could have', async () => {
    const text = await generate();
    const set = [...text.matchAll(/^(?:\w*_)?port = (\d+)/gm)].map(([, port]) => Number(port));
    expect(set.sort()).toEqual([20_001, 20_002, 20_005, 20_006]);
    for (const table of ['studio', 'local_smtp', 'analytics', 'edge_runtime', 'db.pooler'])
      expect(text).toMatch(new RegExp(`\\[${table.replace('.', '\\.')}\\]\nenabled = false`));
  });

  test('accepts the emulator in place of the pool on AWS', async () => {
    const text = await generate();
    expect(text).toContain('[auth.third_party.aws_cognito]\nenabled = false');
    expect(text).toContain(`[auth.third_party.workos]\nenabled = true\nissuer_url = "${ISSUER}"`);
  });

  test('keeps the other settings of the committed file', async () => {
    const text = await generate();
    const committed = await readFile(path.join(ROOT, 'supabase', 'config.toml'), 'utf8');
    // Every setting except the changed ones. Comments are not compared.
    const changed = /^(project_id|enabled = true|#|$)/;
    const words = (line: string) => line.replace(/[\s"']/g, '');
    const lost = committed
      .split('\n')
      .filter((line) => !changed.test(line) && !words(text).includes(words(line)));
    expect(lost).toEqual([]);
  });

  test('runs functions where there are any', async () => {
    expect(await generate(true)).toContain('[edge_runtime]\nenabled = true');
  });
});

describe('the generated project', () => {
  const names = (folder: string) => readdir(path.join(dir, 'supabase', folder));

  test('has the migrations, tests and seed, and is closed to others', async () => {
    await makeProject(options);
    const supabase = path.join(ROOT, 'supabase');
    expect(await names('migrations')).toEqual(await readdir(path.join(supabase, 'migrations')));
    expect(await names('tests/helpers')).toEqual(
      await readdir(path.join(supabase, 'tests/helpers')),
    );
    expect(await names('')).toContain('seed.sql');
    expect((await stat(dir)).mode & 0o777).toBe(0o700);
    expect((await stat(config())).mode & 0o777).toBe(0o600);
  });

  test("made again it loses what is gone, and keeps the CLI's own notes", async () => {
    await makeProject(options);
    await writeFile(path.join(dir, 'supabase/migrations/29990101000000_gone.sql'), '');
    await mkdir(path.join(dir, 'supabase/.temp'));
    await makeProject(options);
    expect(await names('migrations')).not.toContain('29990101000000_gone.sql');
    expect(await names('')).toContain('.temp');
    await rm(dir, { recursive: true });
  });

  test('is named after its folder and its pool', () => {
    const id = projectIdOf('/a', 'pool');
    expect(id).toMatch(/^cognito-supabase-[0-9a-f]{10}$/);
    expect(id).toBe(projectIdOf('/a', 'pool'));
    expect(id).not.toBe(projectIdOf('/b', 'pool'));
    expect(id).not.toBe(projectIdOf('/a', 'other'));
  });
});
