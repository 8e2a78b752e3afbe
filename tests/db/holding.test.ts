/**
 * No caller can hold a lock that the administration of others waits for. Each holder is a statement in
 * the middle of a slow filter, such as `title=match.<slow expression>`: it has locked rows and has not
 * ended. Every administrative call must succeed meanwhile without waiting.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Statement, sql } from '../support/sql.ts';
import { stackEnv } from '../support/stack.ts';
import { tried, untilWaiting } from './callers.ts';
import { WaitingWorld, type Who } from './waiting-world.ts';

/** The lock at which slow filters wait until the test releases it. */
const GATE = 737_001;

const world = new WaitingWorld(process.env.SUPABASE_DB_URL ?? stackEnv().SUPABASE_DB_URL);
beforeAll(() => world.open());
afterAll(() => world.close());

/** True of every row, after a wait at the row `last`. */
const SLOW = `case when title = 'last' then pg_advisory_xact_lock_shared(${GATE}) is not null else true end`;
/** A slow result, which arrives after rows are locked. */
const slowly = (statement: string): Statement => ({
  text: `with changed as (${statement}) select pg_advisory_xact_lock_shared(${GATE}) from changed`,
  values: [],
});
const plain = (text: string): Statement => ({ text, values: [] });

interface Holder {
  readonly name: string;
  readonly who: Who;
  readonly statement: () => Statement;
}

const HOLDERS: readonly Holder[] = [
  {
    name: 'a member who changes tasks',
    who: 'member',
    statement: () => plain(`update public.tasks set status = 'done' where ${SLOW}`),
  },
  {
    name: 'a member who deletes tasks',
    who: 'member',
    statement: () => plain(`delete from public.tasks where ${SLOW}`),
  },
  {
    name: 'a member who adds tasks',
    who: 'member',
    statement: () =>
      slowly(
        `insert into public.tasks (workspace_id, title) values ('${world.id('workspace')}', 'new') returning id`,
      ),
  },
  {
    name: 'an admin who renames the workspace',
    who: 'admin',
    statement: () => slowly(`update public.workspaces set name = name returning id`),
  },
  {
    name: 'an admin who invites',
    who: 'admin',
    statement: () =>
      slowly(
        `select public.invite_member('${world.id('workspace')}', 'new@example.com', 'viewer') as id`,
      ),
  },
  {
    name: 'a member who changes their name',
    who: 'member',
    statement: () => slowly(`update public.app_users set display_name = 'x' returning id`),
  },
];

const inWorkspace = (rpc: string, ...values: readonly unknown[]): Statement => ({
  text: `select public.${rpc}(${['', ...values].map((_, at) => `$${at + 1}`).join(', ')})`,
  values: [world.id('workspace'), ...values],
});

const ADMINISTRATION: Readonly<Record<string, () => Statement>> = {
  'invite_member()': () => inWorkspace('invite_member', 'other@example.com', 'viewer'),
  'withdraw_invite()': () => sql`select public.withdraw_invite(${world.id('invitation')})`,
  'change_member_role() of the member': () =>
    inWorkspace('change_member_role', world.id('member'), 'viewer'),
  'change_member_role() of the admin': () =>
    inWorkspace('change_member_role', world.id('admin'), 'viewer'),
  'remove_member() of the member': () => inWorkspace('remove_member', world.id('member')),
  'remove_member() of the admin': () => inWorkspace('remove_member', world.id('admin')),
};
const OF_THE_OWNER: Readonly<Record<string, () => Statement>> = {
  'transfer_ownership()': () => inWorkspace('transfer_ownership', world.id('viewer')),
};
const OF_THE_SERVICE: Readonly<Record<string, () => Statement>> = {
  'revoke_user()': () => sql`select public.revoke_user(${world.people.member.sub})`,
};

describe.each(HOLDERS)('$name holds up', ({ who, statement }) => {
  let held: Promise<unknown>;

  beforeAll(async () => {
    await world.owner.query(sql`select pg_advisory_lock(${GATE})`);
    await world.begin(world.first, who);
    held = tried(world.first, statement());
    await untilWaiting(world.owner, world.first);
  });

  afterAll(async () => {
    await world.owner.query(sql`select pg_advisory_unlock(${GATE})`);
    // The holder really runs: it ends after the release.
    expect(await held).toMatchObject({ outcome: 'ok' });
    await world.first.query('rollback');
  });

  const calls = [
    ...Object.entries({ ...ADMINISTRATION, ...OF_THE_OWNER }).map(
      ([name, call]) => [name, 'owner', call] as const,
    ),
    ...Object.entries({ ...ADMINISTRATION, ...OF_THE_SERVICE }).map(
      ([name, call]) => [name, 'service', call] as const,
    ),
  ];
  test.each(calls)('no %s by the %s', async (_, by, call) => {
    expect(await world.withoutWaiting(by, call())).toMatchObject({ outcome: 'ok' });
  });
});

test('a function that locks members returns nothing that a request could filter or join', async () => {
  const { rows } = await world.owner.query(`
    with recursive callers as (
      select p.oid, p.proname from pg_proc as p where p.oid = 'cognito_supabase.lock_members(uuid)'::regprocedure
      union
      select p.oid, p.proname from pg_proc as p join callers as c
        on p.prosrc ~ ('\\m' || c.proname || '\\(') and p.pronamespace = 'cognito_supabase'::regnamespace
    )
    select distinct p.proname as name, format_type(p.prorettype, null) as type
    from pg_proc as p join callers as c on p.prosrc ~ ('\\m' || c.proname || '\\(')
    where p.pronamespace = 'public'::regnamespace order by 1`);
  expect(rows).toEqual([
    { name: 'accept_invite', type: 'uuid' },
    { name: 'change_member_role', type: 'void' },
    { name: 'leave_workspace', type: 'void' },
    { name: 'remove_member', type: 'void' },
    { name: 'transfer_ownership', type: 'void' },
    { name: 'withdraw_invite', type: 'void' },
  ]);
});
