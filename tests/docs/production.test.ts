/**
 * docs/go-to-production.md, connect-by-hand.md, operations.md, and the way back of connect.md: every command runs, against a
 * real Postgres and stand-ins of AWS and of Supabase's Management API (own-account.ts).
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createClient } from '@supabase/supabase-js';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dev } from '../../infra/config/dev.ts';
import { parseSettings } from '../../infra/config/parse.ts';
import { HostedWorld, REF } from '../support/hosted-world.ts';
import { Page, runInShell } from '../support/page.ts';
import { newPerson } from '../support/people.ts';
import { stackEnv } from '../support/stack.ts';
import { OwnAccount, type Template } from './own-account.ts';

const page = await Page.read('docs/go-to-production.md');
const byHand = await Page.read('docs/connect-by-hand.md');
const operations = await Page.read('docs/operations.md');
const connectPage = await Page.read('docs/connect.md');

let world: HostedWorld;
let own: OwnAccount;
/** The command of the page's CDK app, and what it prints. */
let app: string;
let said: string;
/** Of the stack that the page's CDK app makes. */
let outputs: Readonly<Record<string, string>>;

const [define = '', show = ''] = page.take('sh', 'out() {').split(/^(?=out )/m);
/** A shell after step 2: in the project's top folder, with `$stage` and `out`. */
const inStage = (stage: string): string => `cd infra; stage=${stage}\n${define}cd ..\n`;

/** Runs blocks in one shell. An unset variable is an error, and no line may show a secret. */
async function follow(blocks: string, more: Record<string, string> = {}): Promise<string> {
  const { code, output } = await own.run(`set -u\n${blocks}`, more);
  expect(code, output).toBe(0);
  for (const secret of world.allSecrets()) expect(output).not.toContain(secret);
  return output;
}

const rowsOf = (sql: string): Promise<unknown[]> =>
  world.inDatabase(async (client) => (await client.query(sql)).rows);
const TRUSTED = 'select issuer, client_id from cognito_supabase.trusted_clients';

beforeAll(async () => {
  world = await HostedWorld.start();
  own = await OwnAccount.open(world);
  await world.begin();
  // A project of its own: infra/ as the page makes it. `cdk` gives these variables to the app.
  await follow(page.take('sh', 'mkdir infra'));
  await writeFile(
    path.join(world.workdir, 'infra/app.mts'),
    page.take('ts', 'new CognitoForSupabase'),
  );
  // As `npm install` leaves it in an empty folder.
  await writeFile(path.join(world.workdir, 'package.json'), '{}');
  ({ app } = JSON.parse(await readFile(path.join(world.workdir, 'infra/cdk.json'), 'utf8')));
  const context = { CDK_OUTDIR: 'out', CDK_CONTEXT_JSON: JSON.stringify({ stage: 'dev' }) };
  said = await follow(`cd infra; ${app}`, context);
  const file = path.join(world.workdir, 'infra/out/cognito-supabase-dev.template.json');
  outputs = own.outputsOf(JSON.parse(await readFile(file, 'utf8')) as Template);
});
afterAll(() => world?.stop());

test('the settings of a clone synthesize by the command of the page', async () => {
  const { code, output } = await runInShell(page.take('sh', 'cdk synth'));
  expect(code, output).toBe(0);
});

test('the app of the page gives no warning, and asks for a stage', async () => {
  expect(said).toBe('');
  const context = { CDK_OUTDIR: 'none', CDK_CONTEXT_JSON: '{}' };
  const { code, output } = await own.run(`cd infra; ${app}`, context);
  expect({ code, output: output.trim() }).toEqual({
    code: 1,
    output: 'no stage is named: add -c stage=dev',
  });
});

test('the packages of a project of its own are those of the example', async () => {
  const [install = ''] = await own.calls();
  const text = await readFile(path.resolve('examples/cdk-app/package.json'), 'utf8');
  const { dependencies, devDependencies } = JSON.parse(text);
  const known = new Map<string, string>(Object.entries({ ...dependencies, ...devDependencies }));
  for (const word of install.split(' ').slice(3)) {
    const [name = '', major] = word.split(/(?<=.)@/);
    expect([...known.keys(), 'cognito-supabase']).toContain(name);
    if (major !== undefined) expect(known.get(name)).toMatch(new RegExp(`^\\^${major}\\.`));
  }
});

test.each([
  [page, 'SUPABASE_ACCESS_TOKEN', ['AWS_PROFILE', 'AWS_REGION', 'REF']],
  [byHand, 'PGPASSWORD', ['SUPABASE_DB_URL']],
] as const)('the shell has the variables that a block sets: %#', async (where, secret, others) => {
  const block = where.take('sh', `read -rs ${secret}`);
  const shown = "node -p 'JSON.stringify(process.env)'";
  const { output } = await runInShell(`{ ${block}\n} <<< 'a b\\c'\n${shown}`);
  const values = new Map<string, string>(Object.entries(JSON.parse(output)));
  expect(values.get(secret)).toBe('a b\\c');
  for (const name of others) expect(block).toContain(`${name}=${values.get(name)}`);
});

describe('dev', () => {
  test('deploy, read the outputs, look, connect', async () => {
    await own.deploys('dev', outputs);
    const [back = '', looks = '', changes = ''] = page.take('sh', '--dry-run').trim().split('\n');
    const before = await world.state(false);
    const steps = [page.take('sh', 'cdk bootstrap'), define, show, back, looks];
    const plan = await follow(`cd infra\n${steps.join('\n')}`);
    expect(await own.calls()).toEqual([
      'cdk bootstrap aws://ACCOUNT/REGION -c stage=dev',
      'cdk deploy -c stage=dev --outputs-file dist/outputs-dev.json',
    ]);
    const { Issuer: issuer = '', ClientId: client_id = '', TrustedClients = '' } = outputs;
    // This stack has no API.
    expect(plan.split('\n').slice(0, 4)).toEqual([issuer, client_id, '', TrustedClients]);
    expect(plan).toContain('nothing was changed');
    expect(await world.state(false)).toEqual(before);

    expect(await follow(inStage('dev') + changes)).toMatch(/^\d+ changed$/m);
    const { project } = await world.state();
    expect(project).toMatchObject({ providers: [{ oidc_issuer_url: issuer }] });
    expect(await rowsOf(TRUSTED)).toEqual([{ issuer, client_id }]);
    expect(await world.readEnvFile()).toContain(`VITE_COGNITO_CLIENT_ID=${client_id}`);
    expect(await follow(inStage('dev') + changes)).toContain('nothing to do');
  });

  test('doctor sees the database, and nothing wrong in it', async () => {
    const block = page.take('sh', 'cognito-supabase doctor');
    // These need accounts. Without them, doctor looks at the folder and the database.
    expect(block.match(/--\w+/g)).toEqual(['--issuer', '--pool', '--project']);
    const { output } = await own.run(`${inStage('dev')}${block.replace(/--issuer.*/, '--json')}`);
    const { findings, seen } = JSON.parse(output);
    expect(seen).toEqual(expect.arrayContaining(['settings of trust', 'cognito.users']));
    const errors = findings.filter(({ severity }: { severity: string }) => severity === 'error');
    // It reads the trust that connect has set: no region of AWS has the name of the fake pool's.
    expect(findings).toContainEqual(expect.objectContaining({ place: outputs.Issuer }));
    // The folder of the world has a config.toml of few lines.
    expect(errors.map(({ place }: { place: string }) => place)).toEqual(['supabase/config.toml']);
  });

  test('disconnect gives back what was there', async () => {
    // What `supabase link` leaves.
    await mkdir(path.join(world.workdir, 'supabase/.temp'));
    await writeFile(path.join(world.workdir, 'supabase/.temp/project-ref'), REF);
    const output = await follow(connectPage.take('sh', 'disconnect'));
    expect(output).toContain('nothing was changed');
    expect(output).toMatch(/^\d+ given back$/m);
    expect(world.api.project.thirdPartyAuth).toEqual([]);
    expect(await world.readEnvFile()).toBeUndefined();
  });
});

test('prod: the workflow, and the settings of the build in a file of their own', async () => {
  await world.begin();
  await own.deploys('prod', outputs);
  const workflow = page.take('yaml', 'configure-aws-credentials');
  const commands = [...workflow.matchAll(/^ +- run: (.+)$/gm)].map(([, command]) => command);
  expect(commands).toHaveLength(3);
  expect(await follow(commands.join('\n'))).toMatch(/^\d+ changed$/m);
  expect(await own.calls()).toEqual([
    'npm ci',
    expect.stringMatching(/^cdk deploy -c stage=prod --outputs-file .* --require-approval never$/),
    'npm run build',
  ]);
  expect(await rowsOf(TRUSTED)).toHaveLength(1);
  const output = await follow(`stage=prod\n${page.take('sh', '--web-env .env.production.local')}`);
  expect(output).toContain('1 changed');
  const file = path.join(world.workdir, '.env.production.local');
  expect(await readFile(file, 'utf8')).toBe(await world.readEnvFile());
});

test('by hand: third-party auth, schema, trust, cognito.users, and a new key', async () => {
  await world.begin();
  const url = new URL(world.databaseUrl);
  const { password: PGPASSWORD } = url;
  url.password = '';
  const token = { SUPABASE_ACCESS_TOKEN: world.api.accessToken };
  const registers = byHand.take('sh', 'third-party-auth');
  expect(registers).toContain('https://api.supabase.com/');
  const steps = [
    registers.replace('https://api.supabase.com', world.api.url),
    byHand.take('sh', 'supabase db push'),
    byHand.take('sh', 'set_trust'),
    byHand.take('sh', 'create-access-key'),
  ];
  const env = { ...token, PGPASSWORD, SUPABASE_DB_URL: url.href };
  await follow(inStage('dev') + steps.join('\n'), env);
  expect(world.api.project.thirdPartyAuth).toMatchObject([{ oidc_issuer_url: outputs.Issuer }]);
  expect(await rowsOf(TRUSTED)).toHaveLength(1);
  expect(await own.calls()).toEqual([`aws iam create-access-key --user-name reader`]);

  // Several statements in one call give several results.
  const lastOf = (sql: string) =>
    world.inDatabase(
      async (client) => ((await client.query(sql)) as unknown as pg.QueryResult[]).at(-1)?.rows,
    );
  const connected = [{ connect: 'cognito.users reads user pool eu-central-1_…' }];
  expect(await lastOf(byHand.take('sql', "'cognito_access_key_id'"))).toEqual(connected);
  const rotation = operations.take('sql', 'update_secret').replace('AKIA…', 'AKIA-new');
  expect(await lastOf(rotation)).toEqual(connected);
  const key =
    "select decrypted_secret as key from vault.decrypted_secrets where name = 'cognito_access_key_id'";
  expect(await rowsOf(key)).toEqual([{ key: 'AKIA-new' }]);
});

test('what AWS alone can do is called with words that exist', async () => {
  const blocks = [
    page.take('sh', 'aws secretsmanager create-secret'),
    operations.take('sh', 'list-secret-version-ids'),
    operations.take('sh', 'cdk diff'),
    operations.take('sh', 'delete-user-pool-domain'),
    operations.take('sh', 'update-termination-protection'),
    operations.take('sh', 'cdk destroy'),
  ];
  await follow(inStage('dev') + blocks.join('\n'));
  const calls = await own.calls();
  expect(calls).toHaveLength(6);
  expect(calls).toContain(
    'aws secretsmanager list-secret-version-ids --secret-id cognito-supabase/dev/google',
  );
  expect(calls).toContain(
    `aws cognito-idp delete-user-pool-domain --user-pool-id ${outputs.UserPoolId} --domain OLD-PREFIX`,
  );
});

test('the risk settings are accepted', () => {
  const block = operations.take('ts', 'risk: {');
  const { risk } = new Function(`return { ${block} };`)() as { risk: unknown };
  const settings = (pool: object) => ({ ...dev, pool: { ...dev.pool, ...pool } });
  const email = { from: 'no-reply@example.com' };
  expect(() => parseSettings(settings({ threatProtection: 'enforce', risk, email }))).not.toThrow();
  const wrong = { ...(risk as object), compromisedCredentials: 'blocked' };
  expect(() =>
    parseSettings(settings({ threatProtection: 'enforce', risk: wrong, email })),
  ).toThrow('compromisedCredentials');
});

describe('the API of the first row', () => {
  const { API_URL: ApiUrl, SUPABASE_URL, SUPABASE_SECRET_KEY } = stackEnv();
  const block = page.take('sh', '/health');
  const ask = (ACCESS_TOKEN: string): Promise<string> =>
    follow(inStage('dev') + block, { ACCESS_TOKEN });

  test('knows the person, and gives the answers of the table', async () => {
    await own.deploys('dev', { ...outputs, ApiUrl });
    await follow(`cd infra\nnpx cdk deploy -c stage=dev --outputs-file dist/outputs-dev.json`);
    const person = await newPerson('first');
    const known = await ask(person.accessToken);
    expect(known).toContain('{"status":"ok"}');
    expect(known).toContain(person.email);
    const service = createClient(SUPABASE_URL, SUPABASE_SECRET_KEY);
    const answers = [await ask('none'), await ask(person.idToken)];
    await service.rpc('disable_user', { sub: person.sub });
    answers.push(await ask(person.accessToken));
    const rows = [...page.text.matchAll(/^\| (\d{3}) `(.+?)` \|/gm)];
    expect(rows).toHaveLength(5);
    const errors = await readFile(path.resolve('docs/errors.md'), 'utf8');
    for (const [index, [, status = '', word = '']] of rows.entries()) {
      if (index < answers.length) expect(answers[index]).toContain(word);
      // Tests of the functions show the others.
      else expect(errors).toContain(`| ${status} | \`${word}\` |`);
    }
  });
});

test('every block of the pages was taken', () => {
  for (const one of [page, byHand, operations]) expect(one.unused).toEqual([]);
});
