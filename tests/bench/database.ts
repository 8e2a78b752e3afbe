/** The benchmark's database: the database of a stack with loaded rows, and its connections. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { StackEnv } from '@cognito-supabase/contract/settings';
import { loadState } from '@cognito-supabase/local/data-dir';
import pg from 'pg';
import type { BenchOptions } from './options.ts';

const readSql = (name: string): Promise<string> =>
  readFile(path.join(import.meta.dirname, name), 'utf8');

/** Connects to a stack's Postgres as a role whose password the stack keeps. */
export async function connect(
  env: StackEnv,
  dir: string,
  role: 'superuser' | 'authenticator',
): Promise<pg.Client> {
  const { passwords } = await loadState(dir);
  const url = new URL(env.SUPABASE_DB_URL);
  url.username = role === 'superuser' ? 'supabase_admin' : role;
  url.password = passwords[role];
  const client = new pg.Client({ connectionString: url.href });
  // A lost connection rejects the pending query. Without this listener it would also end the process.
  client.on('error', () => {});
  await client.connect();
  return client;
}

/** Rows of a large workspace; fewer if there are too few tasks. */
const largeWorkspace = (rows: number): number => Math.min(5_000, Math.floor(rows / 20));

/** Fills the tables, adds the forms to compare with, and brings statistics up to date. */
export async function load(superuser: pg.Client, options: BenchOptions): Promise<void> {
  const { rows, people } = options;
  await superuser.query('begin; set local session_replication_role = replica');
  await superuser.query(
    `select set_config('bench.people', $1, true), set_config('bench.tasks', $2, true),
            set_config('bench.large', $3, true)`,
    [String(people), String(rows), String(largeWorkspace(rows))],
  );
  await superuser.query(await readSql('load.sql'));
  await superuser.query(await readSql('forms.sql'));
  await superuser.query('commit');
  await superuser.query('vacuum analyze');
  // A checkpoint now, so that none of the load happens during the measurements.
  await superuser.query('checkpoint');
}

/** The person and the workspaces of the queries. */
export interface Subject {
  readonly sub: string;
  readonly userId: string;
  readonly workspaces: readonly string[];
  readonly large: string;
  readonly small: string;
  readonly task: string;
}

/** A person with a large and a small workspace. */
export async function chooseSubject(superuser: pg.Client): Promise<Subject> {
  const { rows } = await superuser.query(`
    with somebody as (
      select id, cognito_sub from public.app_users
      order by id offset (select count(*) / 2 from public.app_users) limit 1
    ), mine as (
      select m.workspace_id, w.name from somebody as s
      join public.workspace_members as m on m.user_id = s.id
      join public.workspaces as w on w.id = m.workspace_id
    )
    select cognito_sub as sub, id as "userId",
      array(select workspace_id from mine) as workspaces,
      (select workspace_id from mine where name like 'large%' limit 1) as large,
      (select workspace_id from mine where name like 'small%' limit 1) as small,
      (select t.id from public.tasks as t join mine using (workspace_id)
       where name like 'small%' limit 1) as task
    from somebody`);
  return rows[0];
}

/** Counts of loaded rows, for the report. */
export async function countRows(superuser: pg.Client): Promise<Record<string, number>> {
  const { rows } = await superuser.query(`
    select (select count(*)::int from public.app_users) as people,
      (select count(*)::int from public.workspaces) as workspaces,
      (select count(*)::int from public.workspace_members) as memberships,
      (select count(*)::int from public.tasks) as tasks,
      (select count(*)::int from public.notes) as notes,
      (select max(n)::int from (select count(*) as n from public.tasks group by workspace_id) as w)
        as "largestWorkspace"`);
  return rows[0];
}

/** The claims of the person's access token, as the pre-token trigger leaves them. */
export function claimsOf(subject: Subject, env: StackEnv): string {
  const now = Math.floor(Date.now() / 1000);
  const id = '0f6b3a52-6f0e-4f5c-9d43-5b8f6d7c1e2a';
  return JSON.stringify({
    sub: subject.sub,
    role: 'authenticated',
    iss: env.COGNITO_ISSUER,
    client_id: env.COGNITO_CLIENT_ID,
    token_use: 'access',
    scope: 'aws.cognito.signin.user.admin',
    version: 2,
    origin_jti: id,
    event_id: id,
    jti: id,
    username: subject.sub,
    auth_time: now,
    iat: now,
    exp: now + 3600,
  });
}
