/** The pages to look something up, and what holds for all pages. */
import { existsSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { WEBHOOK_SECRET } from '@cognito-supabase/local/api/parts';
import { readManifest, withNeeds } from '@cognito-supabase/local/modules';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { connectCommand, disconnectCommand } from '../../cli/connect/command.ts';
import { readSettings } from '../../functions/pre-token/settings.ts';
import { type OwnStack, ownStack } from '../db/directory-fixtures.ts';
import { startAuthAdmin } from '../support/auth-admin.ts';
import { makeOldPeople } from '../support/migrate-people.ts';
import { Page, runInShell } from '../support/page.ts';
import { newDir, removeDir } from '../support/stack.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(path.join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

let stack: OwnStack;
beforeAll(async () => {
  stack = await ownStack();
});
afterAll(() => stack?.stop());

/** Runs statements and undoes them. */
async function undone(sql: string): Promise<void> {
  await stack.db.query('begin');
  try {
    await stack.db.query(sql);
  } finally {
    await stack.db.query('rollback');
  }
}

test('architecture: one attribute of each user', async () => {
  const page = await Page.read('docs/architecture.md');
  const { rows } = await stack.db.query(page.take('sql', 'jsonb_array_elements'));
  expect(rows).toContainEqual({ email: 'alice@example.com', sub: expect.any(String) });
  expect(page.unused).toEqual([]);
});

test('packages: the sizes are those of the table that is compared with what is built', async () => {
  const page = await Page.read('docs/packages.md');
  page.cannotRun('sh', 'npm run pack', 'tests/packages packs and installs.');
  expect(page.unused).toEqual([]);
  const sizes: Record<string, number> = JSON.parse(
    await readFile(path.join(ROOT, 'tests/packages/sizes.json'), 'utf8'),
  );
  const text = await readFile(path.join(ROOT, 'docs/packages.md'), 'utf8');
  const inTable = [...text.matchAll(/^\| `([^`]+)` \| ([\d,]+) \|$/gm)].map(
    ([, name = '', bytes = '']) => [name, Number(bytes.replace(',', ''))],
  );
  const imports = Object.fromEntries(
    Object.entries(sizes).filter(([name]) => !name.startsWith('cognito-supabase/')),
  );
  expect(Object.fromEntries(inTable)).toEqual(imports);
});

test('security: settings of trust, and the question why', async () => {
  const page = await Page.read('docs/security.md');
  await undone(page.take('sql', 'set_trust'));
  expect(page.unused).toEqual([]);
});

test('performance: what to copy', async () => {
  const page = await Page.read('docs/performance.md');
  await undone(`
    create table public.drafts (id uuid, owner_sub text, created_at timestamptz);
    ${page.take('sql', 'public.drafts')}`);
  await undone(`
    create table public.files (id uuid, workspace_id uuid, created_at timestamptz);
    ${page.take('sql', 'public.files')}`);
  expect(page.unused).toEqual([]);
});

test('claims: the settings of the trigger', async () => {
  const page = await Page.read('docs/claims.md');
  const env = Object.fromEntries(
    ['APP_ROLE_GROUPS', 'MACHINE_CLAIMS'].map((name) => {
      const line = page.take('', `${name}=`).trim();
      return [name, line.slice(name.length + 1)];
    }),
  );
  const warnings: string[] = [];
  const config = readSettings(env, (warning: string) => warnings.push(warning));
  expect(warnings).toEqual([]);
  expect(config.appRoleGroups).toEqual(['admins', 'editors']);
  expect([...config.machineClaims.values()]).toEqual([
    { role: 'authenticated', service: 'reports' },
  ]);
  expect(page.unused).toEqual([]);
});

test('directory sync: its commands', async () => {
  const page = await Page.read('docs/directory-sync.md');
  const commands = page.take('sh', 'npm run directory').trim().split('\n');
  expect(commands).toHaveLength(3);
  for (const command of commands) {
    const [, words = ''] = /^([^#]+)/.exec(command) ?? [];
    const { code, output } = await runInShell(`${words.trim()} --dir ${stack.dir}`);
    expect(code, output).toBe(0);
  }
  expect(page.unused).toEqual([]);
});

test('the API: a webhook, and operations that stay begun', async () => {
  const page = await Page.read('docs/api.md');
  await undone(page.take('sql', 'admin_operations'));
  const code = page.take('ts', 'standardwebhooks').replace(/^import .*$/m, '');
  const send = new Function(
    'Webhook',
    'sub',
    'apiUrl',
    'secret',
    `return (async () => {${code}})()`,
  );
  await send(Webhook, 'sub-of-a-webhook', stack.env.API_URL, WEBHOOK_SECRET);
  const { rows } = await stack.db.query(
    "select enabled from cognito.directory where sub = 'sub-of-a-webhook'",
  );
  expect(rows).toEqual([{ enabled: false }]);
  page.cannotRun('sh', 'functions deploy', 'It needs a hosted project.');
  expect(page.unused).toEqual([]);
});

test('triggers: a blocked domain', async () => {
  const page = await Page.read('docs/triggers.md');
  await undone(page.take('sql', 'block_address'));
  expect(page.unused).toEqual([]);
});

test('move from Supabase Auth: the columns that follow, who has moved, and all at once', async () => {
  const page = await Page.read('docs/move-from-supabase-auth.md');
  await undone(`
    alter table public.notes add column user_id uuid constraint notes_user_id_fkey references auth.users;
    ${page.take('sql', 'add_transfer_column')}`);
  await undone(page.take('sql', 'select old_id'));
  const dir = await newDir();
  onTestFinished(() => removeDir(dir));
  // The pages name a project by its variables and the binary by npx.
  const runAll = async (block: string, env: Record<string, string>): Promise<void> => {
    const commands = block.split('\n').filter((line) => line.startsWith('npx cognito-supabase '));
    expect(commands).not.toEqual([]);
    const script = commands
      .join('\n')
      .replaceAll('npx cognito-supabase', `${process.execPath} ${ROOT}/cli/main.ts`);
    const own = { ...stack.env, XDG_STATE_HOME: dir, ...env };
    const { code, output } = await runInShell(script, { cwd: dir, env: own });
    expect(code, output).toBe(0);
  };
  const people = makeOldPeople(10, 1).filter(({ kind }) => kind === 'goes');
  const old = await startAuthAdmin(people.map(({ user }) => user));
  const there = await startAuthAdmin([]);
  onTestFinished(() => Promise.all([old.close(), there.close()]).then(() => undefined));
  const fromOld = { OLD_SUPABASE_URL: old.url, OLD_SUPABASE_SECRET_KEY: old.secretKey };
  await stack.db.query(
    'insert into auth.users (id, encrypted_password) select unnest($1::uuid[]), $2',
    [people.map(({ user }) => user.id), `$2a$10$${'a'.repeat(53)}`],
  );
  await runAll(page.take('sh', '--passwords'), {
    ...fromOld,
    OLD_SUPABASE_DB_URL: stack.env.SUPABASE_DB_URL,
  });
  await stack.db.query('delete from auth.users where id = any($1)', [
    people.map(({ user }) => user.id),
  ]);
  const file = await readFile(path.join(dir, 'import.csv'), 'utf8');
  expect(file.match(/,\$2a\$10\$a{53}$/gm)).toHaveLength(people.length);
  await runAll(page.take('sh', '--map ids.csv'), fromOld);
  const ids = (await readFile(path.join(dir, 'ids.csv'), 'utf8')).trim().split('\n');
  expect(ids).toHaveLength(people.length + 1);
  await runAll(page.take('sh', 'migrate-users to-supabase'), {
    SUPABASE_URL: there.url,
    SUPABASE_SECRET_KEY: there.secretKey,
  });
  expect(there.created()).toBeGreaterThanOrEqual(people.length);
  expect(page.unused).toEqual([]);
});

test('connect: its commands have options that exist', async () => {
  const page = await Page.read('docs/connect.md');
  const blocks = ['--project REF', '--db-url', '--rotate-key', 'disconnect'].map((word) =>
    page.take('sh', word),
  );
  expect(page.unused).toEqual([]);
  const commands = blocks.join('\n').match(/(?<=npx cognito-supabase ).*/g) ?? [];
  expect(commands).toHaveLength(6);
  for (const command of commands) {
    const [name, ...options] = command.split(' ');
    const made = name === 'connect' ? connectCommand() : disconnectCommand();
    // Reads the options, and runs nothing.
    const { operands, unknown } = made.parseOptions(options);
    expect([...operands, ...unknown], command).toEqual([]);
  }
});

test('docker and hosting: tests elsewhere run what they show', async () => {
  const docker = await Page.read('docs/docker.md');
  docker.cannotRun(
    'toml',
    'workos',
    'tests/unit/local/docker checks the generated config by the CLI.',
  );
  expect(docker.unused).toEqual([]);
  const hosting = await Page.read('docs/hosting.md');
  hosting.cannotRun('sh', 'npm run build -w web', 'tests/e2e/page.test.ts builds and previews.');
  expect(hosting.unused).toEqual([]);
});

describe('all pages', () => {
  test.each(PAGES)('%s links to what exists', async (name) => {
    const text = await readFile(path.join(ROOT, name), 'utf8');
    for (const [, link = ''] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(link)) continue;
      const [file = '', anchor] = link.split('#');
      const target =
        file === '' ? path.join(ROOT, name) : path.resolve(ROOT, path.dirname(name), file);
      expect(existsSync(target), `${name}: ${link}`).toBe(true);
      if (anchor === undefined) continue;
      const headings = [...(await readFile(target, 'utf8')).matchAll(/^#+ (.+)$/gm)].map(
        ([, heading = '']) =>
          heading
            .toLowerCase()
            .replace(/[^\p{L}\p{N}\s_-]/gu, '')
            .replaceAll(' ', '-'),
      );
      expect(headings, `${name}: ${link}`).toContain(anchor);
    }
  });

  test('are linked from README', async () => {
    const readme = await readFile(path.join(ROOT, 'README.md'), 'utf8');
    expect(PAGES.filter((name) => name !== 'README.md' && !readme.includes(`(${name})`))).toEqual(
      [],
    );
    expect(readme.split('\n').length).toBeLessThanOrEqual(151);
  });

  test('with code are read by a test', async () => {
    const inFolder = readdirSync(import.meta.dirname).map((name) => `tests/docs/${name}`);
    const elsewhere = ['tests/db/analytics-fixtures.ts', 'tests/packages/from-nothing.test.ts'];
    const files = [...inFolder, ...elsewhere].map((name) =>
      readFile(path.join(ROOT, name), 'utf8'),
    );
    const read = (await Promise.all(files)).join('');
    for (const name of PAGES) {
      if ((await Page.read(name)).unused.length > 0) expect(read).toContain(`Page.read('${name}')`);
    }
  });

  test('name modules that exist', async () => {
    const { modules } = await readManifest();
    for (const name of PAGES) {
      const text = await readFile(path.join(ROOT, name), 'utf8');
      for (const [, module = ''] of text.matchAll(/[Mm]odules? `([a-z-]+)`/g)) {
        expect(() => withNeeds(modules, [module]), `${name}: ${module}`).not.toThrow();
      }
    }
  });
});
