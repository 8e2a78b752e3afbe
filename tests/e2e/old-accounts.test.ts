/**
 * People of a Supabase Auth project sign in at the pool with their old password and find their rows. The old project
 * is the Auth API of @supabase/lite.
 */
import {
  AdminGetUserCommand,
  ConfirmForgotPasswordCommand,
  ForgotPasswordCommand,
  InitiateAuthCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import type { StackEnv } from '@cognito-supabase/contract/settings';
import { createClient } from '@supabase/supabase-js';
import pg from 'pg';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type OldProject, startOldProject } from '../support/old-project.ts';
import { newDir, removeDir, runStack, type StackProcess } from '../support/stack.ts';
import { mailedCode } from './person.ts';
import { poolClient } from './pool.ts';

const PASSWORD = 'Old-password-1';
const NEW_PASSWORD = 'Correct-horse-42';
let old: OldProject;
let running: StackProcess;
let stack: StackEnv;
let db: pg.Client;

beforeAll(async () => {
  old = await startOldProject();
  vi.stubEnv('OLD_SUPABASE_URL', old.url);
  vi.stubEnv('OLD_SUPABASE_PUBLISHABLE_KEY', old.publishableKey);
  running = runStack(await newDir());
  stack = await running.ready();
  db = new pg.Client({ connectionString: stack.SUPABASE_DB_URL });
  await db.connect();
  await db.query("select cognito_supabase.add_transfer_column('public.notes', 'owner_sub')");
});
afterAll(async () => {
  await db?.end();
  await running?.stop();
  await removeDir(running.dir);
  await old.close();
  vi.unstubAllEnvs();
});

/** An old account with a note and a workspace. */
async function makeOldPerson(email: string): Promise<string> {
  const id = await old.signUp(email, PASSWORD);
  await db.query('insert into public.notes (owner_sub, body) values ($1, $2)', [id, 'old note']);
  const { rows } = await db.query(
    'insert into public.app_users (cognito_sub) values ($1) returning id',
    [id],
  );
  const workspace = await db.query(
    "insert into public.workspaces (name) values ('Old') returning id",
  );
  await db.query('insert into public.workspace_members values ($1, $2, $3)', [
    workspace.rows[0].id,
    rows[0].id,
    'owner',
  ]);
  return id;
}

async function signIn(email: string, password: string): Promise<string> {
  const pool = poolClient(stack);
  try {
    const { AuthenticationResult: result } = await pool.send(
      new InitiateAuthCommand({
        ClientId: stack.COGNITO_CLIENT_ID,
        AuthFlow: 'USER_PASSWORD_AUTH',
        AuthParameters: { USERNAME: email, PASSWORD: password },
      }),
    );
    return result?.AccessToken ?? '';
  } finally {
    pool.destroy();
  }
}

/** The notes and workspaces that a token opens. */
async function rowsOf(token: string) {
  const supabase = createClient(stack.SUPABASE_URL, stack.SUPABASE_PUBLISHABLE_KEY, {
    accessToken: async () => token,
  });
  const notes = await supabase.from('notes').select('body').throwOnError();
  const workspaces = await supabase.from('workspaces').select('name').throwOnError();
  return { notes: notes.data, workspaces: workspaces.data };
}

const FOUND = { notes: [{ body: 'old note' }], workspaces: [{ name: 'Old' }] };

test('the old password opens the new account, with all rows, at once', async () => {
  await makeOldPerson('ada@example.com');
  await expect(signIn('ada@example.com', 'wrong')).rejects.toThrow(
    'Incorrect username or password.',
  );
  const token = await signIn('ada@example.com', PASSWORD);
  expect(await rowsOf(token)).toEqual(FOUND);
  // Again, now by the pool alone.
  await old.close();
  expect(await rowsOf(await signIn('ada@example.com', PASSWORD))).toEqual(FOUND);
  const { rows } = await db.query(
    "select after from cognito_audit.events where relation = 'cognito_supabase.transfers' and action = 'update'",
  );
  expect(rows).toEqual([
    {
      after: {
        done_at: expect.any(String),
        moved: { 'public.app_users.cognito_sub': 1, 'public.notes.owner_sub': 1 },
      },
    },
  ]);
});

test('a forgotten password is chosen anew, and the rows are found', async () => {
  const email = 'cleo@example.com';
  const id = crypto.randomUUID();
  await db.query('insert into auth.users (id, email, email_confirmed_at) values ($1, $2, now())', [
    id,
    email,
  ]);
  await db.query('insert into public.notes (owner_sub, body) values ($1, $2)', [id, 'old note']);
  const pool = poolClient(stack);
  const user = { ClientId: stack.COGNITO_CLIENT_ID, Username: email };
  await pool.send(new ForgotPasswordCommand(user));
  const ConfirmationCode = await mailedCode(stack, email, 'ForgotPassword');
  await pool.send(
    new ConfirmForgotPasswordCommand({ ...user, ConfirmationCode, Password: NEW_PASSWORD }),
  );
  const found = await pool.send(
    new AdminGetUserCommand({ UserPoolId: stack.COGNITO_USER_POOL_ID, Username: email }),
  );
  expect(found.UserStatus).toBe('CONFIRMED');
  const { notes } = await rowsOf(await signIn(email, NEW_PASSWORD));
  expect(notes).toEqual(FOUND.notes);
  // Nobody, and an account that was never verified.
  await pool.send(new ForgotPasswordCommand({ ...user, Username: 'nobody@example.com' }));
  const mails = await fetch(`${stack.COGNITO_ENDPOINT}/_local/messages?to=nobody@example.com`);
  expect(await mails.json()).toEqual([]);
  pool.destroy();
});
