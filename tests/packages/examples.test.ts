/** Each example as its README says, with the packed packages: type-checked, built and run. */
import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';
import { getRequestListener } from '@hono/node-server';
import { serveStatic } from '@hono/node-server/serve-static';
import { Hono } from 'hono';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Stack, startStack } from '../../cli/testing/index.ts';
import { listen } from '../../local/listen.ts';
import { startBrowser, type TestBrowser } from '../support/browser.ts';
import { StrangersProject } from './strangers-project.ts';

/** The commands of the README after the installation. */
async function addLetters(project: StrangersProject): Promise<void> {
  const { stdout } = await project.kit('init', '--with', 'trust', '--yes');
  expect(stdout).toContain('written');
  await addMigration(project, 'letters.sql', '20990101000000');
}

const addMigration = ({ dir }: StrangersProject, file: string, version: string): Promise<void> =>
  copyFile(path.join(dir, file), path.join(dir, 'supabase/migrations', `${version}_${file}`));

describe('rls-tests', () => {
  let project: StrangersProject;
  beforeAll(async () => {
    project = await StrangersProject.make({
      packages: ['cli'],
      others: ['@types/node', 'typescript'],
      example: 'rls-tests',
    });
  });
  afterAll(() => project.remove());

  test('type-checks', async () => {
    expect((await project.typeCheck()).stdout).toBe('');
  });

  test('the command line says what it can do', async () => {
    expect((await project.kit('--help')).stdout).toContain('init');
    expect((await project.kit('modules', 'list')).stdout).toContain('tenancy');
  });

  test('a module and a table of its own: the tests of the policies pass', async () => {
    await addLetters(project);
    const { stdout } = await project.node(['--test']);
    expect(stdout).toContain('pass 4');
    expect(stdout).toContain('fail 0');
  });
});

describe('node-machine', () => {
  let project: StrangersProject;
  beforeAll(async () => {
    project = await StrangersProject.make({
      packages: ['client', 'cli'],
      others: ['@types/node', 'typescript'],
      example: 'node-machine',
    });
    await addLetters(project);
    await addMigration(project, 'reports.sql', '20990101000001');
  });
  afterAll(() => project.remove());

  test('type-checks', async () => {
    expect((await project.typeCheck()).stdout).toBe('');
  });

  test('its tests pass: the program reads what its policy allows', async () => {
    const { stdout } = await project.node(['--test']);
    expect(stdout).toContain('pass 2');
    expect(stdout).toContain('fail 0');
  });

  test('beside the stack it gets its id and secret', async () => {
    const program = [process.execPath, 'main.ts'];
    const { code, stdout } = await project.kit('dev', '--port', '0', '--', ...program);
    expect(stdout).toContain('letters: 0');
    expect(code).toBe(0);
  });
});

describe('cdk-app', () => {
  let project: StrangersProject;
  beforeAll(async () => {
    project = await StrangersProject.make({
      packages: ['infra'],
      others: ['@types/node', 'typescript'],
      example: 'cdk-app',
    });
  });
  afterAll(() => project.remove());

  test('type-checks', async () => {
    expect((await project.typeCheck()).stdout).toBe('');
  });

  test('has a pool, its trigger and a client, and says which', async () => {
    const { code } = await project.node(['app.ts'], {
      CDK_OUTDIR: 'cdk.out',
      CDK_VALIDATION: 'false',
    });
    expect(code).toBe(0);
    const file = path.join(project.dir, 'cdk.out/cognito-supabase-dev.template.json');
    const { Resources, Outputs } = JSON.parse(await readFile(file, 'utf8'));
    const types = Object.values<{ readonly Type: string }>(Resources).map(({ Type }) => Type);
    for (const type of ['UserPool', 'UserPoolClient'])
      expect(types.filter((one) => one === `AWS::Cognito::${type}`)).toHaveLength(1);
    expect(types).toContain('AWS::Lambda::Function');
    // Those that `connect` needs.
    expect(Object.keys(Outputs)).toEqual(
      expect.arrayContaining([
        ...['Region', 'UserPoolId', 'Issuer', 'ClientId', 'TrustedClients', 'ReaderUserName'],
      ]),
    );
  });
});

describe('vite-react', () => {
  let project: StrangersProject;
  let stack: Stack;
  let browser: TestBrowser;
  let site: Awaited<ReturnType<typeof listen>>;
  let origin: string;

  beforeAll(async () => {
    project = await StrangersProject.make({
      packages: ['client', 'cli'],
      others: [
        '@types/node',
        '@types/react',
        '@types/react-dom',
        'react-dom',
        'typescript',
        'vite',
      ],
      example: 'vite-react',
    });
    await addLetters(project);
    // The port is taken first, because the stack has to know it, and the app has to know the stack.
    const builtDir = path.join(project.dir, 'dist');
    await mkdir(builtDir);
    const app = new Hono().use(serveStatic({ root: builtDir }));
    site = await listen(createServer(getRequestListener(app.fetch)), 0);
    origin = `http://localhost:${site.port}`;
    stack = await startStack({ workdir: project.dir, origins: [origin] });
    const { env } = stack;
    const built = await project.node(['node_modules/vite/bin/vite.js', 'build'], {
      VITE_SUPABASE_URL: env.SUPABASE_URL,
      VITE_SUPABASE_PUBLISHABLE_KEY: env.SUPABASE_PUBLISHABLE_KEY,
      VITE_COGNITO_USER_POOL_ID: env.COGNITO_USER_POOL_ID,
      VITE_COGNITO_CLIENT_ID: env.COGNITO_CLIENT_ID,
      VITE_COGNITO_ENDPOINT: env.COGNITO_ENDPOINT,
    });
    expect(built).toMatchObject({ code: 0 });
    browser = await startBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await site?.close();
    await stack?.stop();
    await project?.remove();
  });

  test('type-checks', async () => {
    expect((await project.typeCheck()).stdout).toBe('');
  });

  test('a person signs in, writes a letter, and finds it after a reload; another does not', async () => {
    for (const [name, seen] of [
      ['alice', ['hers']],
      ['bob', []],
    ] as const) {
      const { email, password } = await stack.signIn(name);
      const page = await browser.person({ baseURL: origin });
      await page.goto('/');
      await page.getByLabel('Email').fill(email);
      await page.getByLabel('Password').fill(password);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByLabel('Letter').waitFor();
      if (name === 'alice') {
        await page.getByLabel('Letter').fill('hers');
        await page.getByRole('button', { name: 'Send' }).click();
        await page.getByText('hers').waitFor();
        await page.reload();
        await page.getByText('hers').waitFor();
      }
      const count = await page.getByRole('listitem').count();
      expect({ name, count }).toEqual({ name, count: seen.length });
    }
  });
});
