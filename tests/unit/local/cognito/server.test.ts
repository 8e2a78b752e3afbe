/** Starting, starting again, being killed, and stopping. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { GetUserCommand } from '@aws-sdk/client-cognito-identity-provider';
import { KitError } from '@cognito-supabase/contract/errors';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  addUser,
  CLIENT,
  codeFor,
  makeFolder,
  openPool,
  PASSWORD,
  POOL,
  post,
  signIn,
  usePool,
} from './support.ts';

const FILE = 'cognito.sqlite';

/** Every file and folder below one, with its permissions. */
async function modes(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true });
  const found = await Promise.all(
    ['.', ...entries].map(async (entry) => {
      const { mode } = await stat(join(folder, entry));
      return [entry, (mode & 0o777).toString(8)] as const;
    }),
  );
  return Object.fromEntries(found);
}

describe('a start', () => {
  test('in an empty folder makes pool, client and keys, for the owner only', async () => {
    const dataDir = join(await makeFolder(), 'deep', 'cognito');
    const pool = await usePool({ dataDir });
    await signIn(pool, await addUser(pool));
    for (const [entry, mode] of Object.entries(await modes(dataDir)))
      expect(mode, entry).toBe(entry.includes('.sqlite') ? '600' : '700');
  });

  test('again goes on: users, sessions, codes, keys and clients are there', async () => {
    const dataDir = await makeFolder();
    const first = await openPool({ dataDir });
    const { port } = new URL(first.endpoint);
    const email = await addUser(first);
    const session = await signIn(first, email);
    await first.call('ForgotPassword', { ClientId: CLIENT, Username: email });
    const code = codeFor(first, email);
    const { UserPoolClient } = await first.call('CreateUserPoolClient', {
      UserPoolId: POOL,
      ClientName: 'more',
    });
    const jwks = await (await fetch(first.jwksUri)).json();
    await first.close();

    const second = await usePool({ dataDir, port: Number(port) });
    expect(await (await fetch(second.jwksUri)).json()).toEqual(jwks);
    await second.aws.send(new GetUserCommand({ AccessToken: session.accessToken }));
    const refresh = { ClientId: CLIENT, RefreshToken: session.refreshToken };
    await expect(second.call('GetTokensFromRefreshToken', refresh)).resolves.toBeDefined();
    await second.call('ConfirmForgotPassword', {
      ClientId: CLIENT,
      Username: email,
      ConfirmationCode: code,
      Password: 'Another-horse-43',
    });
    const { UserPoolClients } = await second.call('ListUserPoolClients', { UserPoolId: POOL });
    expect(UserPoolClients).toHaveLength(2);
    expect(UserPoolClients).toContainEqual(
      expect.objectContaining({ ClientId: (UserPoolClient as { ClientId: string }).ClientId }),
    );
  });

  test('on another port it is another issuer with its own tokens', async () => {
    const dataDir = await makeFolder();
    const first = await openPool({ dataDir });
    const { accessToken } = await signIn(first, await addUser(first));
    await first.close();
    const holder = createServer().listen(Number(new URL(first.endpoint).port), '127.0.0.1');
    await once(holder, 'listening').catch(() => undefined);
    onTestFinished(() => void holder.close());
    const moved = await usePool({ dataDir });
    expect(moved.issuer).not.toBe(first.issuer);
    const refused = await post(moved, 'GetUser', { AccessToken: accessToken });
    expect(await refused.json()).toMatchObject({ message: 'Invalid Access Token' });
  });

  test.each([
    ['is cut off', (bytes: Buffer) => bytes.subarray(0, Math.floor(bytes.length / 2))],
    ['is not a database', () => Buffer.from('{"Users": {}}'.repeat(100))],
    ['has a damaged page', (bytes: Buffer) => bytes.fill(7, 4096, 4096 * 6)],
    ['was made by a newer version', (bytes: Buffer) => Buffer.from(bytes.fill(9, 63, 64))],
  ])('with a file that %s is refused, and leaves it', async (_, damage) => {
    const dataDir = await makeFolder();
    const pool = await openPool({ dataDir });
    await addUser(pool);
    await pool.close();
    const file = join(dataDir, FILE);
    await writeFile(file, damage(await readFile(file)));
    const before = await readFile(file);
    const starting = openPool({ dataDir });
    await expect(starting).rejects.toBeInstanceOf(KitError);
    await expect(starting).rejects.toMatchObject({
      code: 'DATA_DIR_UNREADABLE',
      message: expect.stringContaining(file),
      hint: expect.stringContaining('npm start -- --reset'),
    });
    expect(await readFile(file)).toEqual(before);
  });

  test('with a certificate that is damaged is refused, and one that ends soon is made again', async () => {
    const dataDir = await makeFolder();
    await (await openPool({ dataDir, httpsPort: 0 })).close();
    const file = join(dataDir, 'certificate.json');
    const kept = JSON.parse(await readFile(file, 'utf8')) as { cert: string };
    await (await openPool({ dataDir, httpsPort: 0 })).close();
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(kept);
    await writeFile(file, JSON.stringify({ ...kept, expires: Date.now() }));
    await (await openPool({ dataDir, httpsPort: 0 })).close();
    const made = JSON.parse(await readFile(file, 'utf8')) as { cert: string };
    expect(made.cert).not.toBe(kept.cert);
    for (const damaged of ['{', '{}', '']) {
      await writeFile(file, damaged);
      await expect(openPool({ dataDir, httpsPort: 0 })).rejects.toMatchObject({
        code: 'DATA_DIR_UNREADABLE',
        message: expect.stringContaining(file),
      });
    }
    // Without HTTPS it is not needed.
    await (await openPool({ dataDir })).close();
  });

  test('on a port that is taken says so', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    onTestFinished(() => void other.close());
    const { port } = other.address() as { port: number };
    const starting = openPool({ dataDir: await makeFolder(), port });
    await expect(starting).rejects.toMatchObject({ code: 'PORT_TAKEN' });
  });
});

/** KILL_ROUNDS=200 makes it thorough. */
const ROUNDS = Number(process.env.KILL_ROUNDS ?? 5);

describe('a kill', () => {
  /** Adds users one after another until the process is gone; gives those that were answered. */
  async function addUntilKilled(dataDir: string, round: number): Promise<string[]> {
    const script = fileURLToPath(new URL('./child.ts', import.meta.url));
    const child = spawn(process.execPath, [script, dataDir, CLIENT, POOL], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const endpoint = line.toString().trim();
    const answered: string[] = [];
    const killAfter = 3 + (round % 5) * 4;
    const add = async (worker: number): Promise<void> => {
      for (let count = 0; ; count += 1) {
        const Username = `r${round}-w${worker}-${count}@example.com`;
        const body = { ClientId: CLIENT, Username, Password: PASSWORD };
        const response = await post({ endpoint }, 'SignUp', body).catch(() => undefined);
        if (response === undefined) return;
        if (response.status === 200) answered.push(Username);
        if (answered.length === killAfter) child.kill('SIGKILL');
      }
    };
    const gone = once(child, 'exit');
    await Promise.all([add(0), add(1), add(2)]);
    await gone;
    return answered;
  }

  test(
    'loses nothing that was answered, and leaves nothing half',
    async () => {
      const dataDir = await makeFolder();
      const answered: string[] = [];
      for (let round = 0; round < ROUNDS; round += 1)
        answered.push(...(await addUntilKilled(dataDir, round)));
      const pool = await usePool({ dataDir });
      expect(answered.length).toBeGreaterThanOrEqual(3 + 7 + 11);
      for (const Username of answered)
        await expect(
          pool.call('AdminGetUser', { UserPoolId: POOL, Username }),
        ).resolves.toMatchObject({ UserStatus: 'UNCONFIRMED' });
    },
    30_000 + ROUNDS * 5000,
  );
});

describe('a stop', () => {
  test('sends the answers that are under way, and frees the port', async () => {
    const [asked, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const pool = await openPool({
      preToken: async (event) => {
        asked.resolve();
        await released.promise;
        return event;
      },
    });
    const AuthParameters = { USERNAME: await addUser(pool), PASSWORD };
    const body = { ClientId: CLIENT, AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters };
    const answer = post(pool, 'InitiateAuth', body);
    await asked.promise;
    const closed = pool.close();
    released.resolve();
    expect((await answer).status).toBe(200);
    await closed;
    await expect(fetch(`${pool.endpoint}/health`)).rejects.toThrow();
    expect(pool.warnings).toEqual([]);
  });
});
