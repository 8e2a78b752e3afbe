/** docs/use-it-in-your-app.md: its files, type-checked, bundled and run against the stack. */
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createClient } from '@supabase/supabase-js';
import { build } from 'esbuild';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Page, runInShell } from '../support/page.ts';
import { newPerson } from '../support/people.ts';
import { stackEnv } from '../support/stack.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const page = await Page.read('docs/use-it-in-your-app.md');
let app: string;

/** The values of a stack in the place of the page's examples. */
function settingsOf(block: string): string {
  const env = stackEnv();
  const values: Record<string, string> = {
    supabaseUrl: env.SUPABASE_URL,
    publishableKey: env.SUPABASE_PUBLISHABLE_KEY,
    userPoolId: env.COGNITO_USER_POOL_ID,
    userPoolClientId: env.COGNITO_CLIENT_ID,
    userPoolEndpoint: env.COGNITO_ENDPOINT,
  };
  return Object.entries(values).reduce((text, [name, value]) => {
    const line = new RegExp(`(  ${name}: )[^,\\n]+?( as string \\| undefined)?,\\n`);
    if (!line.test(text)) throw new Error(`the settings of the page have no ${name}`);
    return text.replace(line, (_, head) => `${head}'${value}' as string | undefined as string,\n`);
  }, block);
}

beforeAll(async () => {
  app = await mkdtemp(path.join(tmpdir(), 'app-'));
  await symlink(path.join(ROOT, 'node_modules'), path.join(app, 'node_modules'));
  const write = (name: string, text: string) => writeFile(path.join(app, name), text);
  await write('settings.ts', settingsOf(page.take('ts', '// settings.ts')));
  for (const name of ['supabase.ts', 'notes.ts', 'realtime.ts']) {
    await write(name, page.take('ts', `// ${name}`));
  }
  await cp(path.join(ROOT, 'web/src/data/database.types.ts'), path.join(app, 'database.types.ts'));
});
afterAll(() => rm(app, { recursive: true }));

test('its packages are those that this repository uses', async () => {
  const names = page.take('sh', 'npm install').trim().split(' ').slice(2);
  const { dependencies } = JSON.parse(await readFile(path.join(ROOT, 'web/package.json'), 'utf8'));
  expect(Object.keys(dependencies)).toEqual(expect.arrayContaining(names));
  page.cannotRun(
    'sh',
    '--origin',
    'tests/e2e/watch.test.ts and tests/security/network.test.ts run both options.',
  );
});

test('it compiles', async () => {
  const flags =
    '--noEmit --strict --skipLibCheck --target es2022 --module esnext --moduleResolution bundler --lib es2022,dom';
  const tsc = path.join(ROOT, 'node_modules/typescript/bin/tsc');
  const { code, output } = await runInShell(`node ${tsc} ${flags} notes.ts realtime.ts`, {
    cwd: app,
  });
  expect(output).toBe('');
  expect(code).toBe(0);
});

test('it writes and reads a note, and ends with a session that was ended', async () => {
  const person = await newPerson('reader');
  const driver = path.join(app, 'driver.ts');
  await writeFile(
    driver,
    `import './realtime';
     import { addNote, listNotes } from './notes';
     import { fetchAuthSession } from 'aws-amplify/auth';
     import { once } from 'node:events';
     const { EMAIL = '', PASSWORD = '' } = process.env;
     const say = (value: unknown) => console.log('> ' + JSON.stringify(value));
     say(await addNote(EMAIL, PASSWORD, 'Hello'));
     say(await listNotes());
     const { tokens } = await fetchAuthSession();
     const answer = await fetch(process.env.END_SESSION ?? '', {
       method: 'POST',
       headers: { apikey: process.env.SECRET ?? '', 'content-type': 'application/json' },
       body: JSON.stringify({ origin_jti: tokens?.accessToken.payload.origin_jti }),
     });
     say(answer.status);
     say(await listNotes());
     say((await fetchAuthSession()).tokens ?? 'signed out');
     process.exit();`,
  );
  const outfile = path.join(app, 'driver.mjs');
  const { warnings } = await build({
    entryPoints: [driver],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'silent',
  });
  expect(warnings).toEqual([]);
  const env = stackEnv();
  const { output } = await runInShell('node driver.mjs', {
    cwd: app,
    env: {
      EMAIL: person.email,
      PASSWORD: person.password,
      SECRET: env.SUPABASE_SECRET_KEY,
      END_SESSION: `${env.SUPABASE_URL}/rest/v1/rpc/revoke_session`,
    },
  });
  const note = { owner_sub: person.sub, body: 'Hello' };
  const lines = output
    .trim()
    .split('\n')
    .flatMap((line) => (line.startsWith('> ') ? [JSON.parse(line.slice(2))] : []));
  expect(lines).toEqual([note, [note], 204, null, 'signed out']);
});

test('the codes of its table are what the Data API answers', async () => {
  const person = await newPerson('codes');
  const codeOf = async (token: string | null) => {
    const { SUPABASE_URL, SUPABASE_PUBLISHABLE_KEY } = stackEnv();
    const client = createClient(SUPABASE_URL, SUPABASE_PUBLISHABLE_KEY, {
      accessToken: async () => token,
    });
    return (await client.from('notes').select()).error?.code;
  };
  expect(decodeJwt(person.idToken).token_use).toBe('id');
  expect(await codeOf(person.idToken)).toBe('PT403');
  expect(await codeOf(null)).toBe('42501');
  expect(await codeOf(`${person.accessToken.slice(0, -8)}AAAAAAAA`)).toBe('PGRST301');
  for (const code of ['PT401', 'PT403', '42501', 'PGRST301'])
    expect(page.text).toContain(`| \`${code}\` |`);
});

test('every block of the page was taken', () => {
  expect(page.unused).toEqual([]);
});
