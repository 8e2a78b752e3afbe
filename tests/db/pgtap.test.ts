/**
 * Runs supabase/tests with a small runner of our own (support/pgtap.ts). The same files run under both, and on any database that SUPABASE_DB_URL names.
 */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectPgtap, readPgtap } from '../support/pgtap.ts';
import { newDir, removeDir, runStack, type StackProcess } from '../support/stack.ts';

const DIR = path.resolve(import.meta.dirname, '../../supabase/tests');
const files = readdirSync(DIR).filter((name) => name.endsWith('.test.sql'));

/** Rows of a used database, because the files may not assume an empty one. */
const OTHERS = `
  insert into public.app_users (cognito_sub, email) values ('other-1', 'other@example.com'), ('other-2', null);
  insert into public.notes (owner_sub, body) select 'other-1', 'note ' || n from generate_series(1, 500) as n;
  insert into public.workspaces (name) values ('Others 1'), ('Others 2');
  insert into public.workspace_members (workspace_id, user_id, role)
    select w.id, u.id, 'owner' from public.workspaces as w, public.app_users as u where u.cognito_sub = 'other-1';
  insert into public.tasks (workspace_id, title) select id, 'task' from public.workspaces;
  insert into cognito_supabase.revoked_sessions (origin_jti, expires_at) values ('other', now() - interval '1 day');
  insert into storage.objects (bucket_id, name, owner_id) values ('personal', 'other-1/a.txt', 'other-1');
  insert into realtime.messages (topic, extension) select 'workspace:' || id, 'broadcast' from public.workspaces;
  select cognito.record_event('other-1', 'signed_up', '{"email": "other@example.com"}');
  analyze;`;

// A separate stack, because some of them replace settings, or need an unused directory.
let stack: StackProcess | undefined;
let databaseUrl = process.env.SUPABASE_DB_URL ?? '';

beforeAll(async () => {
  if (databaseUrl !== '') return;
  stack = runStack(await newDir());
  databaseUrl = (await stack.ready()).SUPABASE_DB_URL;
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query(OTHERS);
  await client.end();
});

afterAll(async () => {
  await stack?.stop();
  if (stack) await removeDir(stack.dir);
});

test('there are files to run', () => {
  expect(files.length).toBeGreaterThan(0);
});

test.each(files)('%s', async (name) => {
  await expectPgtap(databaseUrl, await readPgtap(path.join(DIR, name)));
});
