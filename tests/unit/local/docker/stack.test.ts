/**
 * `--docker` from the command line to the database, with the real Supabase CLI, the real emulator and a
 * fake `docker` (fake-docker.ts). Supabase's images are not run.
 */
import { chmod, cp, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { InitiateAuthCommand } from '@aws-sdk/client-cognito-identity-provider';
import { STACK_ENV_NAMES, type StackEnv } from '@cognito-supabase/contract/settings';
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { poolClient } from '../../../e2e/pool.ts';
import { newDir, removeDir, runStack } from '../../../support/stack.ts';

/** A whole `supabase start` takes about 8 s. */
const SLOW = 120_000;
let dir: string;
let notes: string;

beforeEach(async () => {
  dir = await newDir();
  notes = path.join(dir, 'fake-docker');
  await mkdir(notes);
  await chmod(notes, 0o711);
  await mkdir(path.join(dir, 'bin'));
  const bin = path.dirname(await program('docker'));
  vi.stubEnv('PATH', `${bin}:${process.env.PATH}`);
  vi.stubEnv('FAKE_DOCKER_DIR', notes);
  for (const name of ['COGNITO_USER_POOL_ID', 'COGNITO_REGION', 'COGNITO_CLIENT_ID'])
    vi.stubEnv(name, undefined);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await removeDir(dir);
});

/** An executable that runs our fake of this name. */
async function program(name: string): Promise<string> {
  const file = path.join(dir, 'bin', name);
  const script = path.join(import.meta.dirname, `fake-${name}.ts`);
  await writeFile(file, `#!/bin/sh\nexec '${process.execPath}' '${script}' "$@"\n`);
  await chmod(file, 0o755);
  return file;
}

const start = (...args: string[]) => runStack(dir, ['--docker', ...args]);

interface Call {
  readonly args: string[];
  readonly env: Record<string, string>;
}

async function calls(): Promise<Call[]> {
  const text = await readFile(path.join(notes, 'calls'), 'utf8').catch(() => '');
  return text.trim() === ''
    ? []
    : text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
}
const running = async (): Promise<string> =>
  readFile(path.join(notes, 'containers.json'), 'utf8').catch(() => '[]');
const exists = (file: string): Promise<boolean> =>
  stat(path.join(dir, file)).then(
    () => true,
    () => false,
  );

async function query(env: StackEnv, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: env.SUPABASE_DB_URL });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

/** The keys by which a container is told to verify tokens. */
async function keysOf(container: string, name: string): Promise<JSONWebKeySet> {
  const created = (await calls()).find(
    ({ args }) =>
      args[0] === 'create' && args.some((arg) => arg.startsWith(`supabase_${container}_`)),
  );
  return JSON.parse(created?.env[name] ?? '{}');
}

describe('start, stop, start again', () => {
  test('killed, stopped and reset: containers, settings and data', { timeout: SLOW }, async () => {
    const first = start('--port', '0');
    const env = await first.ready();
    expect(Object.keys(env).sort()).toEqual([...STACK_ENV_NAMES].sort());
    expect((await stat(path.join(dir, 'stack.env'))).mode & 0o777).toBe(0o600);
    expect(env.SUPABASE_DB_URL).toBe(
      `postgresql://postgres:postgres@127.0.0.1:${Number(new URL(env.WEB_URL).port) + 2}/postgres`,
    );

    // The pool's own tokens, access and ID, verify by the keys that each container got.
    const { AuthenticationResult: tokens } = await poolClient(env).send(
      new InitiateAuthCommand({
        ClientId: env.COGNITO_CLIENT_ID,
        AuthFlow: 'USER_PASSWORD_AUTH',
        AuthParameters: { USERNAME: 'alice@example.com', PASSWORD: 'Alice-demo-2026' },
      }),
    );
    for (const [container, name] of [
      ['rest', 'PGRST_JWT_SECRET'],
      ['realtime', 'API_JWT_JWKS'],
      ['storage', 'JWT_JWKS'],
    ] as const) {
      const keys = createLocalJWKSet(await keysOf(container, name));
      for (const token of [tokens?.AccessToken, tokens?.IdToken]) {
        const { payload } = await jwtVerify(token ?? '', keys);
        expect(payload).toMatchObject({ iss: env.COGNITO_ISSUER, role: 'authenticated' });
      }
    }

    // set_trust and connect() have run, and the database reaches the pool by the relay.
    expect(
      await query(env, 'select issuer, client_id from cognito_supabase.trusted_clients'),
    ).toEqual([{ issuer: env.COGNITO_ISSUER, client_id: env.COGNITO_CLIENT_ID }]);
    expect(await query(env, 'select count(*)::int as n from cognito.users')).toEqual([{ n: 2 }]);
    const endpoint = await query(
      env,
      "select decrypted_secret as it from vault.decrypted_secrets where name = 'cognito_endpoint_url'",
    );
    const relay = Number(new URL(env.COGNITO_ENDPOINT).port) + 1;
    expect(endpoint).toEqual([{ it: `http://127.0.0.1:${relay}` }]);
    await query(env, "insert into public.notes (owner_sub, body) values ('me', 'kept')");

    // After a kill its containers stay. The next start removes them and has the same ports.
    first.child.kill('SIGKILL');
    await first.exit;
    expect(await running()).not.toBe('[]');
    const second = start();
    const again = await second.ready();
    expect(again).toEqual(env);
    expect(await query(again, 'select body from public.notes')).toEqual([{ body: 'kept' }]);

    await second.stop();
    expect(await exists('stack.env')).toBe(false);
    expect(await running()).toBe('[]');
    const prunes = async () =>
      (await calls()).filter(({ args }) => args[0] === 'volume' && args[1] === 'prune').length;
    expect(await prunes()).toBe(0);

    // --reset deletes data and keys; and a new database with a broken migration is refused.
    const state = await readFile(path.join(dir, 'state.json'), 'utf8');
    const workdir = await brokenProject();
    const third = start('--reset', '--workdir', workdir);
    expect(await third.exit).toBe(1);
    expect(third.output()).toMatch(/^error START_FAILED: /m);
    expect(third.output()).toContain('29990101000000_break.sql');
    expect(await prunes()).toBeGreaterThan(0);
    expect(await readFile(path.join(dir, 'state.json'), 'utf8')).not.toBe(state);
    expect(await running()).toBe('[]');
    expect(await exists('stack.env')).toBe(false);
  });

  /** This project with a migration that fails. */
  async function brokenProject(): Promise<string> {
    const workdir = path.join(dir, 'project');
    const from = path.resolve(import.meta.dirname, '../../../../supabase');
    await cp(from, path.join(workdir, 'supabase'), { recursive: true });
    const file = path.join(workdir, 'supabase/migrations/29990101000000_break.sql');
    await writeFile(file, 'select no_such_function();\n');
    return workdir;
  }
});

describe('refused combinations', () => {
  async function refused(stack: ReturnType<typeof start>, code: string): Promise<string> {
    expect(await stack.exit).toBe(1);
    expect(stack.output()).toMatch(new RegExp(`^error ${code}: .+\\n[\\s\\S]*  → .+`, 'm'));
    expect(stack.output()).not.toMatch(/\n\s+at /);
    expect(await exists('stack.env')).toBe(false);
    return stack.output();
  }

  test('no docker: nothing is begun', async () => {
    vi.stubEnv('PATH', path.join(dir, 'nowhere'));
    expect(await refused(start(), 'DOCKER_MISSING')).toContain('no `docker` on the PATH');
    expect(await exists('state.json')).toBe(false);
    expect(await exists('stack.lock')).toBe(false);
  });

  test('no engine behind it: nothing is begun', async () => {
    vi.stubEnv('FAKE_DOCKER_FAILS', 'version');
    expect(await refused(start(), 'DOCKER_MISSING')).toContain(
      'Cannot connect to the Docker daemon',
    );
    expect(await exists('state.json')).toBe(false);
    expect(await calls()).toHaveLength(1);
  });

  test('a container that does not start: all is stopped', { timeout: SLOW }, async () => {
    vi.stubEnv('FAKE_DOCKER_FAILS', 'start supabase_rest');
    await refused(start('--port', '0'), 'START_FAILED');
    expect(await running()).toBe('[]');
  });

  test('stopped while containers start, it stops', { timeout: SLOW }, async () => {
    const stack = start('--port', '0');
    await expect.poll(() => stack.output(), { timeout: 20_000 }).toContain('Starting database');
    stack.child.kill('SIGINT');
    expect(await stack.exit).toBe(0);
    expect(await running()).toBe('[]');
    expect(await exists('stack.env')).toBe(false);
  });
});

describe('a pool on AWS', () => {
  const onAws = () => {
    vi.stubEnv('COGNITO_USER_POOL_ID', 'eu-west-1_AbCdEf123');
    vi.stubEnv('COGNITO_REGION', 'eu-west-1');
    vi.stubEnv('COGNITO_CLIENT_ID', '1h57kf5cpq17m0eml12EXAMPLE');
    vi.stubEnv('COGNITO_READER_ACCESS_KEY_ID', undefined);
  };

  test('is trusted, and no emulator is started', { timeout: SLOW }, async () => {
    onAws();
    vi.stubEnv('SUPABASE_CLI', await program('supabase'));
    const stack = start('--port', '0');
    const env = await stack.ready();
    const issuer = 'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf123';
    expect(env).toMatchObject({
      COGNITO_ENDPOINT: 'https://cognito-idp.eu-west-1.amazonaws.com',
      COGNITO_ISSUER: issuer,
      COGNITO_USER_POOL_ID: 'eu-west-1_AbCdEf123',
    });
    expect(
      await query(env, 'select issuer, client_id from cognito_supabase.trusted_clients'),
    ).toEqual([{ issuer, client_id: '1h57kf5cpq17m0eml12EXAMPLE' }]);
    // An empty variable counts as not set for connect(). The region is enough.
    const secrets = await query(
      env,
      "select name, decrypted_secret as it from vault.decrypted_secrets where decrypted_secret <> '' order by 1",
    );
    expect(secrets).toEqual([
      { name: 'cognito_region', it: 'eu-west-1' },
      { name: 'cognito_user_pool_id', it: 'eu-west-1_AbCdEf123' },
    ]);
    expect(stack.output()).toContain('cognito.users is not connected');
    expect(stack.output()).not.toContain('demo users');
    expect(await exists('cognito')).toBe(false);
    await stack.stop();
    expect(await running()).toBe('[]');
  });

  test('gives its keys to the real CLI', { timeout: SLOW }, async () => {
    onAws();
    // There is no network here. A proxy records the host that the CLI asks, and refuses.
    const asked: string[] = [];
    const proxy = createServer().on('connect', (request, socket) => {
      asked.push(request.url ?? '');
      socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const { port } = proxy.address() as AddressInfo;
    vi.stubEnv('HTTPS_PROXY', `http://127.0.0.1:${port}`);
    const stack = start('--port', '0');
    expect(await stack.exit).toBe(1);
    expect(stack.output()).toMatch(/^error START_FAILED: supabase start: /m);
    expect(asked).toContain('cognito-idp.eu-west-1.amazonaws.com:443');
    proxy.close();
  });

  test('half named, it is refused before anything is begun', async () => {
    vi.stubEnv('COGNITO_USER_POOL_ID', 'eu-west-1_AbCdEf123');
    const stack = start();
    expect(await stack.exit).toBe(1);
    expect(stack.output()).toContain('error SETTING_MISSING: COGNITO_REGION and COGNITO_CLIENT_ID');
    expect(await exists('state.json')).toBe(false);
  });
});
