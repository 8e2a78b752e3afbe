/** docs/go-to-production.md and operations.md: what runs without an account runs, the rest is parsed by bash. */
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readManifest, withNeeds } from '@cognito-supabase/local/modules';
import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dev } from '../../infra/config/dev.ts';
import { parseSettings } from '../../infra/config/parse.ts';
import { install, type ModuleWorld, startModuleWorld } from '../support/module-world.ts';
import { Page, runInShell } from '../support/page.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const deployPage = await Page.read('docs/go-to-production.md');
const operationsPage = await Page.read('docs/operations.md');

test('the settings of dev synthesize by the command of the page', async () => {
  const { code, output } = await runInShell(deployPage.take('sh', 'cdk synth'));
  expect(code, output).toBe(0);
});

test('the construct works in an app of its own, as the page has it', async () => {
  const app = await mkdtemp(path.join(tmpdir(), 'cdk-'));
  try {
    await symlink(path.join(ROOT, 'node_modules'), path.join(app, 'node_modules'));
    const construct = path.join(ROOT, 'infra/lib/constructs/cognito-for-supabase.ts');
    const block = deployPage.take('ts', 'new CognitoForSupabase');
    await writeFile(
      path.join(app, 'app.ts'),
      `import { App, CfnOutput, Stack } from 'aws-cdk-lib';
       import { CognitoForSupabase } from ${JSON.stringify(construct)};
       class Own extends Stack {
         constructor(app: App) {
           super(app, 'Own');
           ${block}
         }
       }
       const app = new App({ outdir: 'out' });
       new Own(app);
       app.synth();`,
    );
    const { code, output } = await runInShell(
      'node app.ts && grep -c AWS::Cognito::UserPool out/Own.template.json && grep -c \'"Issuer"\' out/Own.template.json',
      { cwd: app },
    );
    expect(code, output).toBe(0);
  } finally {
    await rm(app, { recursive: true });
  }
});

test('the risk settings are accepted', () => {
  const block = operationsPage.take('ts', 'risk: {');
  const { risk } = new Function(`return { ${block} };`)() as { risk: unknown };
  const settings = (pool: object) => ({ ...dev, pool: { ...dev.pool, ...pool } });
  const email = { from: 'no-reply@example.com' };
  expect(() => parseSettings(settings({ threatProtection: 'enforce', risk, email }))).not.toThrow();
  const wrong = { ...(risk as object), compromisedCredentials: 'blocked' };
  expect(() =>
    parseSettings(settings({ threatProtection: 'enforce', risk: wrong, email })),
  ).toThrow('compromisedCredentials');
});

let world: ModuleWorld;
beforeAll(async () => {
  world = await startModuleWorld();
});
afterAll(() => world?.stop());

test('the SQL connects cognito.users, and connects it again with a new key', async () => {
  const { modules } = await readManifest();
  await world.inFreshDatabase(async (client) => {
    await install(client, withNeeds(modules, ['cognito-users']));
    // Several statements in one call give several results.
    const lastOf = async (sql: string) =>
      ((await client.query(sql)) as unknown as pg.QueryResult[]).at(-1)?.rows;
    const connected = [{ connect: 'cognito.users reads user pool eu-central-1_…' }];
    expect(await lastOf(deployPage.take('sql', "'cognito_access_key_id'"))).toEqual(connected);
    const rotation = operationsPage.take('sql', 'update_secret').replace('AKIA…', 'AKIA-new');
    expect(await lastOf(rotation)).toEqual(connected);
    const { rows } = await client.query(
      "select decrypted_secret as key from vault.decrypted_secrets where name = 'cognito_access_key_id'",
    );
    expect(rows).toEqual([{ key: 'AKIA-new' }]);
  });
});

test('the SQL of the trust step takes the output of a deployment', async () => {
  const { modules } = await readManifest();
  const [, sql = ''] = /<<'SQL'\n([\s\S]*)SQL\n/.exec(deployPage.take('sh', 'set_trust')) ?? [];
  const clients = [{ issuer: 'https://issuer.test/pool', client_id: 'web' }];
  await world.inFreshDatabase(async (client) => {
    await install(client, withNeeds(modules, ['trust']));
    await client.query(sql.replace(":'clients'", '$1').replace(';', ''), [JSON.stringify(clients)]);
    const { rows } = await client.query(
      'select issuer, client_id from cognito_supabase.trusted_clients',
    );
    expect(rows).toEqual(clients);
  });
});

test('blocks that need an account are correct for bash', async () => {
  const blocks: string[] = [];
  const needAccount = (page: Page, ...words: string[]) => {
    for (const word of words) blocks.push(page.take('sh', word));
  };
  needAccount(
    deployPage,
    'aws secretsmanager create-secret',
    'cdk bootstrap',
    'out() {',
    'third-party-auth',
    'supabase link',
    'create-access-key',
    '/health',
  );
  // tests/synth/standalone.test.ts compares what it writes.
  needAccount(deployPage, 'standalone/generate.ts');
  needAccount(
    operationsPage,
    'list-secret-version-ids',
    'cdk diff',
    'delete-user-pool-domain',
    'update-termination-protection',
    'cdk destroy',
  );
  for (const block of blocks) {
    const { code, output } = await runInShell(`bash -n <<'PAGE'\n${block}PAGE`);
    expect(code, output).toBe(0);
  }
});

test('every block of the pages was taken', () => {
  for (const page of [deployPage, operationsPage]) expect(page.unused).toEqual([]);
});
