/** `cognito-supabase dev` in a project of somebody else, with a `cognito-supabase.config.ts` and an app beside the stack. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { commandLine } from '@cognito-supabase/local/postgres/os';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { StrangersProject } from './strangers-project.ts';

const CONFIG = `
import { createPreTokenHandler } from '@cognito-supabase/lambda';
import { defineConfig } from 'cognito-supabase/config';
export default defineConfig({
  people: [{ email: 'ada@example.com', password: 'Ada-engine-1843', groups: ['editors'] }],
  machines: [{ name: 'nightly', scopes: ['letters/read'], appRole: 'support' }],
  preToken: createPreTokenHandler({ appRoleGroups: ['editors'], extend: () => ({ tenant: 'acme' }) }),
  types: 'src/database.ts',
});
`;

/** Signs the person in and says who the database takes her for. */
const APP = `
const env = process.env;
const answer = await fetch(env.VITE_COGNITO_ENDPOINT, {
  method: 'POST',
  headers: {
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': 'AWSCognitoIdentityProviderService.InitiateAuth',
  },
  body: JSON.stringify({
    ClientId: env.NEXT_PUBLIC_COGNITO_CLIENT_ID,
    AuthFlow: 'USER_PASSWORD_AUTH',
    AuthParameters: { USERNAME: 'ada@example.com', PASSWORD: 'Ada-engine-1843' },
  }),
});
const { AccessToken } = (await answer.json()).AuthenticationResult;
const rows = await fetch(env.SUPABASE_URL + '/rest/v1/app_users?select=cognito_sub', {
  headers: { apikey: env.SUPABASE_PUBLISHABLE_KEY, authorization: 'Bearer ' + AccessToken },
});
const { app_role, tenant } = JSON.parse(atob(AccessToken.split('.')[1]));
const secrets = Object.keys(env).filter((name) => /SECRET_KEY|DB_URL/.test(name));
console.log('APP ' + JSON.stringify({ status: rows.status, app_role, tenant, secrets }));
process.exit(7);
`;

let project: StrangersProject;
beforeAll(async () => {
  project = await StrangersProject.make({
    packages: ['cli', 'functions'],
    others: ['@types/node', 'typescript'],
  });
  await write('package.json', '{"type":"module"}');
  await write('cognito-supabase.config.ts', CONFIG);
  await write('app.mjs', APP);
});
afterAll(() => project.remove());

const write = (file: string, text: string) => writeFile(path.join(project.dir, file), text);
const read = (file: string) => readFile(path.join(project.dir, file), 'utf8');

test('the settings type-check', async () => {
  const compilerOptions = {
    ...{ module: 'nodenext', target: 'es2022', types: ['node'] },
    ...{ strict: true, noEmit: true, skipLibCheck: true, exactOptionalPropertyTypes: true },
  };
  await write(
    'tsconfig.json',
    JSON.stringify({ compilerOptions, files: ['cognito-supabase.config.ts'] }),
  );
  expect((await project.typeCheck()).stdout).toBe('');
});

test('without supabase/ and without consent nothing is written', async () => {
  const { code, stdout } = await project.kit('dev');
  expect(code).toBe(1);
  expect(stdout).toContain('init comes first');
  expect(stdout).toContain('nothing is written');
  await expect(read('supabase/config.toml')).rejects.toThrow('ENOENT');
});

test('one command: modules, stack, and the app with its settings; it ends with the app', async () => {
  const { code, stdout, stderr } = await project.kit(
    ...['dev', '--with', 'profiles', '--yes', '--port', '0', '--', process.execPath, 'app.mjs'],
  );
  expect(stderr).toBe('');
  const said = JSON.parse(/^APP (.*)$/m.exec(stdout)?.[1] ?? '{}');
  expect(said).toEqual({ status: 200, app_role: 'editors', tenant: 'acme', secrets: [] });
  expect(code).toBe(7);
  expect(stdout).toContain('ada@example.com');
  expect(stdout).not.toContain('alice@example.com');
  expect(stdout).toContain('npx cognito-supabase dev --reset');
  expect(await read('src/database.ts')).toContain('app_users');
  // Data and keys are not in the project, whose files its development server gives to anybody.
  expect((await readdir(project.dir)).toSorted()).toEqual([
    'app.mjs',
    'cognito-supabase.config.ts',
    'node_modules',
    'package.json',
    'src',
    'supabase',
    'tsconfig.json',
  ]);
  const [name = ''] = await readdir(path.join(project.stateDir, 'cognito-supabase'));
  const kept = path.join(project.stateDir, 'cognito-supabase', name);
  expect(await readdir(kept)).toEqual(expect.arrayContaining(['.gitignore', 'state.json']));
  expect((await stat(path.join(kept, 'state.json'))).mode & 0o077).toBe(0);
});

test('--with in a project that lacks the module says what adds it', async () => {
  const app = ['--port', '0', '--', process.execPath, '--eval', ''];
  const missing = await project.kit('dev', '--with', 'profiles,analytics', ...app);
  expect(missing.stdout).toContain(
    'note: this project has supabase/ already, so --with profiles,analytics adds nothing\n' +
      '  → `npx cognito-supabase modules add profiles analytics` adds it',
  );
  // The same command line as on the first day.
  const there = await project.kit('dev', '--with', 'profiles', '--yes', ...app);
  expect(there.stdout).not.toContain('adds nothing');
  expect([missing.code, there.code]).toEqual([0, 0]);
});

test('the package has the helper of pgTAP files', async () => {
  const { code, stdout } = await project.kit('test', '--helpers');
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: expect.stringContaining('login.psql written'),
  });
  expect(await read('supabase/tests/helpers/login.psql')).toContain('function tests.login(');
  await rm(path.join(project.dir, 'supabase/tests'), { recursive: true });
});

test('a signal ends the app, what the app has started, and the stack', async () => {
  // As `npm run dev`, which is a shell that starts the dev server.
  const server = `${process.execPath} -e "setInterval(() => {}, 1000)" & echo SERVER $! && wait`;
  const args = ['dev', '--port', '0', '--', 'sh', '-c', server];
  const child = spawn(process.execPath, [project.kitEntry, ...args], {
    cwd: project.dir,
    env: { ...process.env, XDG_STATE_HOME: project.stateDir },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let pid: number | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    pid = Number(/^SERVER (\d+)$/.exec(line)?.[1]);
    if (pid) break;
  }
  child.stdout.resume();
  expect(pid).toBeGreaterThan(0);
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
  // Undefined for a process that has ended, also if nobody has taken note of it.
  expect(await commandLine(pid ?? 0)).toBeUndefined();
});

test.each([
  ['no program', ['--', 'no-such-program'], /no-such-program could not be run/],
  ['an unknown option', ['--prot', '1'], /unknown option '--prot'/],
  ['a wrong port', ['--port', 'x'], /--port needs a number.*npx cognito-supabase dev --help/s],
  ['no project', ['--workdir', 'nowhere'], /nothing is written/],
])('%s: refused with the reason', async (_, args, reason) => {
  const { code, stdout, stderr } = await project.kit('dev', '--port', '0', ...args);
  expect(code).toBe(1);
  expect(`${stdout}${stderr}`).toMatch(reason);
});
