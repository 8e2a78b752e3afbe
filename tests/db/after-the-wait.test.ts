/**
 * A statement that waited for a lock checks trust again before it writes, because its caller may have
 * been disabled, signed out, removed or demoted meanwhile. In each case it waits for a row that the owner
 * of the database has locked.
 */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type Statement, sql } from '../support/sql.ts';
import { stackEnv } from '../support/stack.ts';
import { tried, untilWaiting } from './callers.ts';
import { WaitingWorld, type Who } from './waiting-world.ts';

const world = new WaitingWorld(process.env.SUPABASE_DB_URL ?? stackEnv().SUPABASE_DB_URL);
beforeAll(() => world.open());
afterAll(() => world.close());

const workspace = () => world.id('workspace');

interface Waiting {
  readonly name: string;
  readonly who: Exclude<Who, 'service'>;
  /** Locks what the statement needs. */
  readonly lock: () => Statement;
  readonly statement: () => Statement;
}

const lockTask = () => sql`select from public.tasks where id = ${world.id('task')} for update`;
const lockMembers = () => sql`select cognito_supabase.lock_members(${workspace()})`;
const lockProfile = (who: Exclude<Who, 'service'>) => () =>
  sql`select from public.app_users where cognito_sub = ${world.people[who].sub} for update`;

const WRITES: readonly Waiting[] = [
  {
    name: 'editing a note',
    who: 'member',
    lock: () =>
      sql`select from public.notes where owner_sub = ${world.people.member.sub} for update`,
    statement: () => sql`update public.notes set body = 'changed'`,
  },
  {
    name: 'deleting a note',
    who: 'member',
    lock: () =>
      sql`select from public.notes where owner_sub = ${world.people.member.sub} for update`,
    statement: () => sql`delete from public.notes`,
  },
  {
    name: 'changing a task',
    who: 'member',
    lock: lockTask,
    statement: () => sql`update public.tasks set title = 'changed' where id = ${world.id('task')}`,
  },
  {
    name: 'deleting a task',
    who: 'member',
    lock: lockTask,
    statement: () => sql`delete from public.tasks where id = ${world.id('task')}`,
  },
  {
    name: 'adding a task',
    who: 'member',
    lock: () => sql`select from public.workspaces where id = ${workspace()} for update`,
    statement: () =>
      sql`insert into public.tasks (workspace_id, title) values (${workspace()}, 'new')`,
  },
  {
    name: 'assigning a task',
    who: 'member',
    lock: lockTask,
    statement: () => sql`select public.assign_task(${world.id('task')}, ${world.id('viewer')})`,
  },
  {
    name: 'renaming the workspace',
    who: 'admin',
    lock: () => sql`select from public.workspaces where id = ${workspace()} for update`,
    statement: () => sql`update public.workspaces set name = name`,
  },
  {
    name: 'inviting',
    who: 'admin',
    lock: () => sql`select from public.workspaces where id = ${workspace()} for update`,
    statement: () => sql`select public.invite_member(${workspace()}, 'a@example.com', 'viewer')`,
  },
  {
    name: 'withdrawing an invitation',
    who: 'admin',
    lock: lockMembers,
    statement: () => sql`select public.withdraw_invite(${world.id('invitation')})`,
  },
  {
    name: 'changing a role',
    who: 'admin',
    lock: lockMembers,
    statement: () =>
      sql`select public.change_member_role(${workspace()}, ${world.id('viewer')}, 'member')`,
  },
  {
    name: 'removing a member',
    who: 'admin',
    lock: lockMembers,
    statement: () => sql`select public.remove_member(${workspace()}, ${world.id('viewer')})`,
  },
  {
    name: 'leaving',
    who: 'member',
    lock: lockMembers,
    statement: () => sql`select public.leave_workspace(${workspace()})`,
  },
  {
    name: 'accepting an invitation',
    who: 'invited',
    lock: lockMembers,
    statement: () => sql`select public.accept_invite(${world.token})`,
  },
];

/** Runs the statement while its lock is held, and releases the lock after `meanwhile` is committed. */
async function afterWait({ who, lock, statement }: Waiting, meanwhile: readonly Statement[]) {
  await world.second.query('begin');
  await world.second.query(lock());
  await world.begin(world.first, who);
  const waiting = tried(world.first, statement());
  await untilWaiting(world.owner, world.first);
  for (const step of meanwhile) await world.owner.query(step);
  await world.second.query('commit');
  const finish = await waiting;
  await world.first.query('rollback');
  return finish;
}

const subOf = (who: Exclude<Who, 'service'>): string => world.people[who].sub;
const role = (who: Who, as: string) =>
  sql`update public.workspace_members set role = ${as}
    where workspace_id = ${workspace()} and user_id = ${world.id(who)}`;

afterEach(async () => {
  const subs = Object.values(world.people).map(({ sub }) => sub);
  await world.owner.query(sql`select public.enable_user(s) from unnest(${subs}::text[]) as s`);
  await world.owner.query(
    sql`delete from cognito_supabase.revoked_users where sub = any (${subs})`,
  );
  await world.owner.query(
    sql`delete from cognito_supabase.revoked_sessions where origin_jti = any (${subs})`,
  );
  for (const who of ['owner', 'admin', 'member'] as const) {
    await world.owner.query(
      sql`insert into public.workspace_members (workspace_id, user_id, role)
        values (${workspace()}, ${world.id(who)}, ${who})
        on conflict (workspace_id, user_id) do update set role = excluded.role`,
    );
  }
});

test.each(WRITES)('$name: without a change meanwhile, it is done', async (write) => {
  expect(await afterWait(write, [])).toMatchObject({ outcome: 'ok' });
});

test.each(WRITES)('$name: refused where the caller was disabled meanwhile', async (write) => {
  const disable = sql`select public.disable_user(${subOf(write.who)})`;
  expect(await afterWait(write, [disable])).toMatchObject({ outcome: 'PT403' });
});

test.each(WRITES)('$name: refused where the session was ended meanwhile', async (write) => {
  // A caller's session is called as their sub (callers.ts).
  const revoke = sql`select public.revoke_session(${subOf(write.who)})`;
  expect(await afterWait(write, [revoke])).toMatchObject({ outcome: 'PT401' });
});

const OF_MEMBERS = WRITES.filter(({ name }) => /task|renaming|changing a role|removing/.test(name));

test.each(OF_MEMBERS)('$name: refused where the caller was demoted meanwhile', async (write) => {
  const { outcome } = await afterWait(write, [role(write.who, 'viewer')]);
  expect(['42501', 'PT404']).toContain(outcome);
});

test('changing the own name: refused where the caller was disabled meanwhile', async () => {
  const write: Waiting = {
    name: 'the own name',
    who: 'member',
    lock: lockProfile('member'),
    statement: () => sql`update public.app_users set display_name = 'changed'`,
  };
  // The profile is locked, so trust ends in another way meanwhile.
  const revoke = sql`select public.revoke_user(${subOf('member')})`;
  expect(await afterWait(write, [revoke])).toMatchObject({ outcome: 'PT401' });
});
