/** Every command connects to a database elsewhere with TLS, and to nobody but it: a real Postgres with a certificate. */
import { chmod, chown, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { keptCertificate } from '@cognito-supabase/local/cognito/http/certificate';
import { clusterHome } from '@cognito-supabase/local/data-dir';
import { choosePorts } from '@cognito-supabase/local/ports';
import { type Cluster, startCluster } from '@cognito-supabase/local/postgres/cluster';
import { dataDirOf } from '@cognito-supabase/local/postgres/data-folder';
import { serviceUser } from '@cognito-supabase/local/postgres/os';
import { runSupabase } from '@cognito-supabase/local/supabase-cli';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { openByUrl } from '../../cli/hosted/database.ts';
import { connect } from '../../cli/token/session.ts';
import { newDir, removeDir } from '../support/stack.ts';

const ENCRYPTED = 'select ssl as is from pg_stat_ssl where pid = pg_backend_pid()';

let dir: string;
let home: string;
let cluster: Cluster;
/** Roots in files: the right one, and another one of the same name. */
let right: string;
let other: string;

/** Postgres refuses a key that others can read. */
async function setCertificate(url: string): Promise<void> {
  const { cert, key } = await keptCertificate(dir);
  const user = await serviceUser();
  for (const [name, text] of [
    ['server.crt', cert],
    ['server.key', key],
  ] as const) {
    const file = path.join(dataDirOf(home), name);
    await writeFile(file, text, { mode: 0o600 });
    if (user) await chown(file, user.uid, user.gid);
  }
  await writeFile(right, cert);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  // The Supabase CLI becomes this role.
  await client.query('create role postgres superuser');
  await client.query('alter system set ssl = on');
  await client.query('select pg_reload_conf()');
  await client.end();
}

/** Postgres takes the certificate a moment after it was asked to. */
const untilEncrypted = (url: string): Promise<void> =>
  vi.waitFor(async () => {
    const client = new pg.Client({ connectionString: `${url}?sslmode=no-verify` });
    await client.connect();
    await client.end();
  });

beforeAll(async () => {
  dir = await newDir();
  home = await clusterHome(dir);
  [right, other] = [path.join(dir, 'right.crt'), path.join(dir, 'other.crt')];
  const elsewhere = await newDir();
  await writeFile(other, (await keptCertificate(elsewhere)).cert);
  await removeDir(elsewhere);
  const { db: port } = await choosePorts(0, undefined);
  cluster = await startCluster({ home, port, password: 'only-here', isDisposable: true });
  await setCertificate(cluster.superuserUrl);
  await untilEncrypted(cluster.superuserUrl);
  await chmod(right, 0o644);
});
afterAll(async () => {
  await cluster?.stop();
  await removeDir(home);
  await removeDir(dir);
});

const urlWith = (query: string): string => `${cluster.superuserUrl}?${query}`;

describe.each([
  [
    'connect',
    async (url: string) => {
      const database = await openByUrl(url);
      return database.query<{ is: boolean }>(ENCRYPTED).finally(() => database.close());
    },
  ],
  [
    'token and doctor',
    async (url: string) => {
      const client = await connect(url);
      return (await client.query<{ is: boolean }>(ENCRYPTED).finally(() => client.end())).rows;
    },
  ],
])('%s', (_, isEncrypted) => {
  test('takes the certificate of the root that the URL names', async () => {
    for (const mode of ['require', 'prefer', 'verify-ca', 'verify-full'])
      expect(await isEncrypted(urlWith(`sslrootcert=${right}&sslmode=${mode}`))).toEqual([
        { is: true },
      ]);
  });

  test('refuses another one, whatever the mode says of it, and says what to do', async () => {
    for (const mode of ['require', 'prefer', 'verify-ca', 'verify-full'])
      await expect(
        isEncrypted(urlWith(`sslmode=${mode}&sslrootcert=${other}`)),
        mode,
      ).rejects.toMatchObject({
        code: 'DATABASE_FAILED',
        hint: expect.stringContaining('somebody else may answer'),
      });
  });

  test('sends nothing to a server that a parameter names: it would have no TLS', async () => {
    const { port, username, password } = new URL(cluster.superuserUrl);
    const away = `postgresql://${username}:${password}@localhost:1/postgres`;
    await expect(isEncrypted(`${away}?host=127.0.0.1&port=${port}`)).rejects.toMatchObject({
      code: 'SETTING_INVALID',
    });
  });

  test('has an error for a root that cannot be read', async () => {
    await expect(
      isEncrypted(urlWith('sslmode=require&sslrootcert=/not/there')),
    ).rejects.toMatchObject({
      code: 'SETTING_INVALID',
      message: expect.stringContaining('/not/there'),
    });
  });

  test('skips the check only if the URL says so', async () => {
    expect(await isEncrypted(urlWith('sslmode=no-verify'))).toEqual([{ is: true }]);
    expect(await isEncrypted(urlWith('sslmode=disable'))).toEqual([{ is: false }]);
  });
});

test('the Supabase CLI takes the same URL, and refuses the other root', async () => {
  const list = (root: string) =>
    runSupabase(urlWith(`sslmode=verify-full&sslrootcert=${root}`), ['migration', 'list']);
  const refused = await list(other);
  expect(refused.code, refused.output).not.toBe(0);
  expect(refused.output).toMatch(/certificate/);
  const taken = await list(right);
  expect(taken.code, taken.output).toBe(0);
});
