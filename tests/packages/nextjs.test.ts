/** The Next.js example as its README says, with the packed packages: type-checked, built and run. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { generateKeyPair, SignJWT } from 'jose';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Person, type Stack, startStack } from '../../cli/testing/index.ts';
import { listen } from '../../local/listen.ts';
import { startBrowser, type TestBrowser } from '../support/browser.ts';
import { ROOT, StrangersProject } from './strangers-project.ts';

const NEXT = 'node_modules/next/dist/bin/next';
/** With CI, Next.js installs nothing that it misses. With vitest's NODE_ENV, it does not read .env.local. */
const ENV = { CI: '1', NEXT_TELEMETRY_DISABLED: '1', NODE_ENV: 'production' };
const SETTINGS = [
  'SUPABASE_URL',
  'SUPABASE_PUBLISHABLE_KEY',
  'COGNITO_USER_POOL_ID',
  'COGNITO_CLIENT_ID',
  'COGNITO_ENDPOINT',
] as const;

let project: StrangersProject;
let stack: Stack;
let browser: TestBrowser;
let server: ChildProcess | undefined;
/** What the server has written to its error output. */
let complaints = '';
let origin: string;
/** The same server. Cookies of http://localhost are not secure, for Safari. */
let localhost: string;

/** `npm start`. It is ready when it has said so. */
async function startNext(port: number): Promise<ChildProcess> {
  const child = spawn(process.execPath, [NEXT, 'start', '-H', '127.0.0.1', '-p', String(port)], {
    cwd: project.dir,
    env: { ...process.env, ...ENV },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stderr.on('data', (chunk) => {
    complaints += chunk;
  });
  await new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stdout })
      .on('line', (line) => line.includes('Ready') && resolve())
      .once('close', () => reject(new Error(`next start has ended: ${complaints}`)));
  });
  return child;
}

beforeAll(async () => {
  project = await StrangersProject.make({
    packages: ['client', 'cli'],
    others: [
      '@types/node',
      '@types/react',
      '@types/react-dom',
      'next',
      'react',
      'react-dom',
      'typescript',
    ],
    example: 'nextjs',
  });
  expect((await project.kit('init', '--with', 'trust', '--yes')).stdout).toContain('written');
  const migration = 'supabase/migrations/20990101000000_letters.sql';
  await copyFile(path.join(project.dir, 'letters.sql'), path.join(project.dir, migration));
  // Turbopack reads nothing outside of its root, and the packages are linked to this repository.
  const config = path.join(project.dir, 'next.config.ts');
  const written = await readFile(config, 'utf8');
  await writeFile(config, written.replace('= {', "= {\n  turbopack: { root: '/' },"));
  // The stack and the build have to know the port.
  const place = await listen(createServer(), 0);
  await place.close();
  origin = `http://127.0.0.1:${place.port}`;
  localhost = `http://localhost:${place.port}`;
  stack = await startStack({ workdir: project.dir, origins: [origin, localhost] });
  const settings = SETTINGS.map((name) => `NEXT_PUBLIC_${name}=${stack.env[name]}\n`);
  await writeFile(path.join(project.dir, '.env.local'), settings.join(''));
  const built = await project.node([NEXT, 'build'], ENV);
  expect(built.code, `${built.stdout}${built.stderr}`).toBe(0);
  [server, browser] = await Promise.all([startNext(place.port), startBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  if (server?.exitCode === null) {
    server.kill();
    await once(server, 'exit');
  }
  await stack?.stop();
  await project?.remove();
});

async function signInOn(page: Page, { email, password }: Person): Promise<void> {
  await page.getByLabel('Email').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByLabel('Letter').waitFor();
}

async function signIn(person: Person, baseURL = origin): Promise<Page> {
  const page = await browser.person({ baseURL });
  await page.goto('/');
  await signInOn(page, person);
  return page;
}

async function send(page: Page, body: string): Promise<void> {
  await page.getByLabel('Letter').fill(body);
  await page.getByRole('button', { name: 'Send' }).click();
  await page.getByText(body).waitFor();
}

/** What the server answers to a request with these cookies. No script has run. */
async function htmlFor(cookie: string): Promise<string> {
  const answer = await fetch(origin, { headers: { cookie } });
  expect({ cookie, status: answer.status }).toEqual({ cookie, status: 200 });
  return answer.text();
}

/** What the server answers to the browser. */
async function served(page: Page): Promise<string> {
  const cookies = await page.context().cookies();
  return htmlFor(cookies.map(({ name, value }) => `${name}=${value}`).join('; '));
}

const claimsOf = (token: string) =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());

async function accessCookie(page: Page) {
  const cookies = await page.context().cookies();
  const found = cookies.find(({ name }) => name.endsWith('.accessToken'));
  if (found === undefined) throw new Error('there is no access token');
  return found;
}

/**
 * The token becomes as it was an hour and a minute ago. The server refuses it, and Amplify reads its time alone, and
 * not its signature.
 */
async function expire(page: Page): Promise<void> {
  const cookie = await accessCookie(page);
  const [header, , signature] = cookie.value.split('.');
  const claims = claimsOf(cookie.value);
  const times = { iat: claims.iat - 3660, exp: claims.exp - 3660 };
  const payload = Buffer.from(JSON.stringify({ ...claims, ...times })).toString('base64url');
  const value = [header, payload, signature].join('.');
  await page.context().addCookies([{ ...cookie, value }]);
}

/** The header of somebody whose access token is this. */
const cookiesWith = (accessToken: string): string => {
  const prefix = `CognitoIdentityServiceProvider.${stack.env.COGNITO_CLIENT_ID}`;
  return `${prefix}.LastAuthUser=alice; ${prefix}.alice.accessToken=${accessToken}`;
};

test('type-checks, and one file is written by hand, with 25 lines at most', async () => {
  expect((await project.typeCheck()).stdout).toBe('');
  const template = path.join(ROOT, 'node_modules/create-next-app/dist/templates/app-empty/ts');
  const linesOf = async (dir: string, file: string): Promise<string[]> =>
    (await readFile(path.join(dir, file), 'utf8'))
      .split('\n')
      .map((line) => line.trim().replaceAll('"', "'"))
      .filter((line) => line !== '');
  const added = async (file: string): Promise<readonly string[]> => {
    const given = await linesOf(template, file);
    return (await linesOf(project.dir, file)).filter((line) => {
      const at = given.indexOf(line);
      if (at >= 0) given.splice(at, 1);
      return at < 0;
    });
  };
  for (const file of ['app/layout.tsx', 'tsconfig.json']) expect(await added(file)).toEqual([]);
  expect((await added('app/page.tsx')).length).toBeLessThanOrEqual(25);
});

test('the server makes the page with the letters of the person, and of nobody else', async () => {
  const alice = await signIn(await stack.signIn('alice'));
  await send(alice, 'hers');
  expect(await served(alice)).toContain('<li>hers</li>');

  const bob = await signIn(await stack.signIn('bob'), localhost);
  const answer = await served(bob);
  expect(answer).toContain('Sign out');
  expect(answer).not.toContain('hers');
  const secure = [(await accessCookie(alice)).secure, (await accessCookie(bob)).secure];
  expect(secure).toEqual([true, false]);

  await alice.getByRole('button', { name: 'Sign out' }).click();
  await alice.getByLabel('Email').waitFor();
  const after = await served(alice);
  expect(after).toContain('name="password"');
  expect(after).not.toContain('hers');

  await alice.getByLabel('Email').fill('alice@people.example');
  await alice.getByLabel('Password').fill('wrong');
  await alice.getByRole('button', { name: 'Sign in' }).click();
  await alice.getByRole('alert').getByText('Incorrect username or password.').waitFor();
  expect(await alice.getByLabel('Email').inputValue()).toBe('alice@people.example');
});

test('a forged token shows no letters, and the sign-in form', async () => {
  const dora = await stack.signIn('dora');
  await dora.supabase.from('letters').insert({ body: 'secret' }).throwOnError();
  const [header = ''] = dora.accessToken.split('.');
  const { privateKey } = await generateKeyPair('RS256');
  const { alg, kid } = JSON.parse(Buffer.from(header, 'base64url').toString());
  const forged = await new SignJWT({ ...dora.claims })
    .setProtectedHeader({ alg, kid })
    .sign(privateKey);
  expect(await htmlFor(cookiesWith(dora.accessToken))).toContain('<li>secret</li>');
  for (const cookie of [
    cookiesWith(forged),
    cookiesWith('%E0%A4%A'),
    cookiesWith('a.b.c'),
    '=;%;',
  ]) {
    const html = await htmlFor(cookie);
    expect(html).toContain('name="password"');
    expect(html).not.toContain('secret');
  }
});

test('an expired token is renewed in the browser, and the page has the letters', async () => {
  const page = await signIn(await stack.signIn('erin'));
  await send(page, 'first');

  await expire(page);
  expect(await served(page)).not.toContain('first');
  // The script of the page loads it again, so `load` may never come.
  await page.reload({ waitUntil: 'commit' });
  await page.getByText('first').waitFor();

  await expire(page);
  await send(page, 'second');
  expect(await served(page)).toContain('<li>second</li>');
});

test('a session that the database has ended shows the sign-in form, which signs in again', async () => {
  const person = await stack.signIn('finn');
  const page = await signIn(person);
  await send(page, 'mine');
  const { origin_jti } = claimsOf((await accessCookie(page)).value);
  await stack.service.rpc('revoke_session', { origin_jti }).throwOnError();
  await page.reload();
  await page.getByLabel('Email').waitFor();
  await signInOn(page, person);
  await page.getByText('mine').waitFor();
});

test('the server has reported no error', () => {
  expect(complaints).toBe('');
});
