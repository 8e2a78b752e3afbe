/**
 * Tests of row-level security in any test runner, without Docker: the project's own migrations on a real Postgres, and
 * people with real tokens of a Cognito user pool.
 *
 * The first test file starts Postgres in a process beside the tests (host/). Each file gets a copy of the database.
 */
import path from 'node:path';
import { inWords, KitError } from '@cognito-supabase/contract/errors';
import type { StackEnv } from '@cognito-supabase/contract/settings';
import type { MachineAccess } from '@cognito-supabase/local/project-config';
import { createClient, type SupabaseClient } from '@supabase/supabase-js';
import pg from 'pg';
import { openStack } from './host-client.ts';
import { type AnyDatabase, People, type Person, type SignInOptions } from './people.ts';

export type { StackEnv } from '@cognito-supabase/contract/settings';
export type { MachineAccess } from '@cognito-supabase/local/project-config';
export type { AnyDatabase, Person, SignInOptions } from './people.ts';

export interface StackOptions {
  /** The folder that has supabase/. @default - the current one */
  readonly workdir?: string;
  /** Web apps that may call the stack, as in `http://localhost:5173`. @default - none */
  readonly origins?: readonly string[];
}

export interface Stack<Database = AnyDatabase> {
  /** Addresses and keys. */
  readonly env: StackEnv;
  /** Somebody who has not signed in. */
  readonly anonymous: SupabaseClient<Database>;
  /** With the secret key, which policies do not bind. */
  readonly service: SupabaseClient<Database>;
  /** Makes a person with this name if there is none, and signs in. */
  signIn(name: string, options?: SignInOptions): Promise<Person<Database>>;
  /** From now on the person sends the same token as it is after its time. */
  expire(person: Person<Database>): Promise<void>;
  /** An app client of a program, of `machines` in cognito-supabase.config.ts. @throws Error if there is none */
  machine(name: string): MachineAccess;
  /** Ends all sessions of a person in the database. Needs module trust. */
  revoke(person: Person<Database>): Promise<void>;
  /** As `postgres`, which policies do not bind. */
  sql<Row extends pg.QueryResultRow = pg.QueryResultRow>(
    text: string,
    values?: readonly unknown[],
  ): Promise<readonly Row[]>;
  /** Ends the stack, and deletes its data. */
  stop(): Promise<void>;
}

/** Test runners print the message of an error and nothing else, so it has the code and what to do. */
function rethrow(cause: unknown): never {
  throw cause instanceof KitError ? new Error(inWords(cause), { cause }) : cause;
}

/**
 * Starts a stack with the migrations and the seed of a project. Each has a database, a user pool and ports of its own, so
 * that test files can run at the same time. Roles belong to all of them.
 *
 * @typeParam Database - Of `supabase gen types`.
 * @example
 * const stack = await startStack<Database>();
 * const alice = await stack.signIn('alice', { groups: ['admin'] });
 * const { data } = await alice.supabase.from('notes').select();
 */
export async function startStack<Database = AnyDatabase>({
  workdir = process.cwd(),
  origins = [],
}: StackOptions = {}): Promise<Stack<Database>> {
  const { env, machines, expired, stop } = await openStack(path.resolve(workdir), {
    origins,
  }).catch(rethrow);
  const people = new People(env);
  const db = new pg.Pool({ connectionString: env.SUPABASE_DB_URL, max: 4, allowExitOnIdle: true });
  // The database is dropped at the end, perhaps while a connection is still closing.
  db.on('connect', (client) => client.on('error', () => undefined));
  const clientWith = (key: string): SupabaseClient<Database> =>
    createClient<Database>(env.SUPABASE_URL, key, {
      auth: { persistSession: false, autoRefreshToken: false },
    }) as unknown as SupabaseClient<Database>;
  return {
    env,
    anonymous: clientWith(env.SUPABASE_PUBLISHABLE_KEY),
    service: clientWith(env.SUPABASE_SECRET_KEY),
    signIn: (name, options = {}) => people.signIn<Database>(name, options),
    expire: async (person) => people.replaceToken(person, await expired(person.accessToken)),
    machine: (name) => {
      const found = machines.find((machine) => machine.name === name);
      if (found !== undefined) return found;
      throw new Error(`cognito-supabase.config.ts has no machine ${name}`);
    },
    revoke: async ({ sub }) => {
      await db.query('select public.revoke_user($1)', [sub]);
    },
    sql: async (text, values = []) => (await db.query(text, [...values])).rows,
    stop: async () => {
      people.close();
      await db.end();
      await stop();
    },
  };
}
