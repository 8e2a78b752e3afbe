/** Fixtures of the directory's tests: a separate stack, and a user pool with faults. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { StackEnv } from '@cognito-supabase/contract/settings';
import pg from 'pg';
import { newDir, removeDir, runStack } from '../support/stack.ts';

export interface OwnStack {
  readonly env: StackEnv;
  /** Its folder, for commands with `--dir`. */
  readonly dir: string;
  readonly db: pg.Client;
  /** Another connection, as the owner, for the caller to end. */
  connect(): Promise<pg.Client>;
  stop(): Promise<void>;
}

/** A refresh takes a lock and counts everybody, so these tests have their own database. */
export async function ownStack(): Promise<OwnStack> {
  const stack = runStack(await newDir());
  const env = await stack.ready();
  const connect = async () => {
    const client = new pg.Client({ connectionString: env.SUPABASE_DB_URL });
    await client.connect();
    return client;
  };
  const db = await connect();
  return {
    env,
    dir: stack.dir,
    db,
    connect,
    stop: async () => {
      await db.end();
      await stack.stop();
      await removeDir(stack.dir);
    },
  };
}

export interface Run {
  readonly pages: number;
  readonly seen: string;
  readonly changed: string;
  readonly deleted: string;
  readonly missing: string;
  readonly complete: boolean;
  readonly error: string | null;
}

export async function refresh(db: pg.Client, allowDeletes = false): Promise<Run> {
  return (await db.query('select * from cognito.refresh($1)', [allowDeletes])).rows[0];
}

/** Moves earlier misses back by gone_after, so that a second miss counts. */
export async function afterTheWait(db: pg.Client): Promise<void> {
  await db.query(`
    update cognito.directory as d set missed_at = d.missed_at - s.gone_after
    from cognito.directory_settings as s where d.missed_at is not null`);
}

/** Two complete refreshes with gone_after between them. */
export async function refreshTwice(db: pg.Client, allowDeletes = false): Promise<Run> {
  await refresh(db, allowDeletes);
  await afterTheWait(db);
  return refresh(db, allowDeletes);
}

/** Usernames in the directory that are not deleted. */
export async function present(db: pg.Client): Promise<string[]> {
  const { rows } = await db.query(
    'select username from cognito.directory where deleted_at is null order by username',
  );
  return rows.map(({ username }) => username);
}

export interface FakeUser {
  username: string;
  email: string;
  status: string;
  enabled: boolean;
  /** Seconds since the epoch, as Cognito's JSON has it. */
  createdAt: number;
  updatedAt: number;
}

/** The answer of a page in place of its users. */
export type Fault =
  | 'dies'
  | 'answers 400'
  | 'throttles'
  | 'is malformed'
  | 'repeats'
  | 'is empty'
  | 'has a NUL'
  | 'has no subs';

/** ListUsers over HTTP with pages of 60, in the order of `users`, with faults at chosen pages. */
export class FakePool {
  users: FakeUser[] = [];
  /** Page (from 1) → its fault. */
  faults = new Map<number, Fault>();
  /** Called before each page is answered. */
  beforePage: (page: number) => void | Promise<void> = () => {};
  requests = 0;
  readonly #server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    this.requests += 1;
    const { Limit, PaginationToken } = JSON.parse(body);
    const start = Number(PaginationToken ?? 0);
    const page = start / Limit + 1;
    await this.beforePage(page);
    const fault = this.faults.get(page);
    if (fault === 'dies') return void request.socket.destroy();
    const answer = (status: number, json: unknown) => {
      const text = JSON.stringify(json);
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' });
      response.end(fault === 'is malformed' ? text.slice(0, text.length / 2) : text);
    };
    if (fault === 'answers 400')
      return answer(400, { __type: 'InvalidParameterException', message: 'Invalid token.' });
    if (fault === 'throttles')
      return answer(400, { __type: 'TooManyRequestsException', message: 'Rate exceeded' });
    const end = start + Limit;
    const from = fault === 'repeats' ? start - Limit : start;
    answer(200, {
      Users:
        fault === 'is empty'
          ? []
          : this.users
              .slice(from, from + Limit)
              .map((user) =>
                toCognito(
                  fault === 'has a NUL' ? { ...user, email: 'nul\u0000@example.com' } : user,
                  fault === 'has no subs',
                ),
              ),
      ...(end < this.users.length && { PaginationToken: String(end) }),
    });
  });

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  /** Users user-0001, user-0002, … in this order. */
  fill(count: number): void {
    this.users = Array.from({ length: count }, (_, i) => fakeUser(i + 1));
  }

  find(username: string): FakeUser {
    const user = this.users.find((candidate) => candidate.username === username);
    if (user === undefined) throw new Error(`no ${username} in the pool`);
    return user;
  }
}

export function fakeUser(number: number): FakeUser {
  const username = `user-${String(number).padStart(4, '0')}`;
  const at = Date.UTC(2026, 0, 1) / 1000 + number;
  return {
    username,
    email: `${username}@example.com`,
    status: 'CONFIRMED',
    enabled: true,
    createdAt: at,
    updatedAt: at,
  };
}

const toCognito = (user: FakeUser, withoutSub: boolean) => ({
  Username: user.username,
  UserStatus: user.status,
  Enabled: user.enabled,
  UserCreateDate: user.createdAt,
  UserLastModifiedDate: user.updatedAt,
  Attributes: [
    ...(withoutSub ? [] : [{ Name: 'sub', Value: `sub-${user.username}` }]),
    { Name: 'email', Value: user.email },
    { Name: 'email_verified', Value: 'true' },
  ],
});

/** Connects cognito.users to another endpoint, by the secret and connect(). */
export async function connectTo(db: pg.Client, endpoint: string): Promise<void> {
  await db.query(
    "select vault.update_secret(id, $1) from vault.secrets where name = 'cognito_endpoint_url'",
    [endpoint],
  );
  await db.query('select cognito.connect()');
}
