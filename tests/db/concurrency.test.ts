/**
 * Concurrent requests, with real connections and many rounds. Each race has one result, no deadlock
 * (40P01) and no serialization failure, and afterwards every workspace has an owner.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sql } from '../support/sql.ts';
import { stackEnv } from '../support/stack.ts';
import { MARK, newRacer, type Racer, SERVICE, Track } from './concurrency-race.ts';

const ROUNDS = 60;
const LANES = 8;

let track: Track;

beforeAll(async () => {
  track = new Track(process.env.SUPABASE_DB_URL ?? stackEnv().SUPABASE_DB_URL, LANES);
  await track.open();
});
afterAll(() => track.close());

/** Profile ids, in the order of the racers. */
const profiles = async (racers: readonly Racer[]): Promise<string[]> => {
  const ids: string[] = [];
  for (const racer of racers) {
    const { value } = await track.request(racer, sql`select (public.ensure_profile()).id`);
    ids.push(value as string);
  }
  return ids;
};

async function newWorkspace(owner: Racer): Promise<string> {
  const made = await track.request(owner, sql`select (public.create_workspace(${MARK})).id`);
  return made.value as string;
}

async function newInvite(workspace: string, by: Racer): Promise<string> {
  const made = await track.request(
    by,
    sql`select public.invite_member(${workspace}, 'race@example.com', 'member')`,
  );
  return made.value as string;
}

/** Adds a member, as the owner of the database. */
const join = (workspace: string, person: string, role: string) =>
  track.owner.query(
    sql`insert into public.workspace_members (workspace_id, user_id, role)
      values (${workspace}, ${person}, ${role})`,
  );

async function membersOf(workspace: string): Promise<Readonly<Record<string, string>>> {
  const { rows } = await track.owner.query(
    sql`select user_id, role from public.workspace_members where workspace_id = ${workspace}`,
  );
  return Object.fromEntries(rows.map((row) => [row.user_id, row.role]));
}

const outcomes = (finishes: readonly { outcome: string }[]): string[] =>
  finishes.map(({ outcome }) => outcome);

/** Runs a race many times, and checks after each that every workspace has an owner. */
function race(name: string, round: (round: number) => Promise<void>): void {
  test(`${name}, ${ROUNDS} times`, async () => {
    for (let at = 0; at < ROUNDS; at += 1) {
      await round(at);
      const { rows } = await track.owner.query(
        sql`select w.id from public.workspaces as w where w.name = ${MARK} and not exists (
            select from public.workspace_members as m where m.workspace_id = w.id and m.role = 'owner')`,
      );
      expect(rows, `round ${at}`).toEqual([]);
    }
  }, 120_000);
}

race('two people accept one invitation: one is in', async (round) => {
  const [owner, ada, bob] = [newRacer(), newRacer(), newRacer()];
  const workspace = await newWorkspace(owner);
  const accept = sql`select public.accept_invite(${await newInvite(workspace, owner)})`;
  const finishes = await track.race(
    [
      { who: ada, statement: accept },
      { who: bob, statement: accept },
    ],
    round,
  );
  expect(outcomes(finishes).sort()).toEqual(['PT404', 'ok']);
  expect(Object.keys(await membersOf(workspace))).toHaveLength(2);
});

race('one person accepts one invitation twice: they are in once', async (round) => {
  const [owner, ada] = [newRacer(), newRacer()];
  const workspace = await newWorkspace(owner);
  const accept = sql`select public.accept_invite(${await newInvite(workspace, owner)})`;
  const request = { who: ada, statement: accept };
  const finishes = await track.race([request, request], round);
  expect(outcomes(finishes).sort()).toEqual(['PT404', 'ok']);
  expect(Object.keys(await membersOf(workspace))).toHaveLength(2);
});

race('a person calls ensure_profile eight times: one row, the same for all', async (round) => {
  const ada = newRacer();
  const request = { who: ada, statement: sql`select (public.ensure_profile()).id` };
  const finishes = await track.race(Array(LANES).fill(request), round);
  expect(new Set(outcomes(finishes))).toEqual(new Set(['ok']));
  expect(new Set(finishes.map(({ value }) => value)).size).toBe(1);
  const { rows } = await track.owner.query(
    sql`select id from public.app_users where cognito_sub = ${ada.sub}`,
  );
  expect(rows.map(({ id }) => id)).toEqual([finishes[0]?.value]);
});

race('first calls while a row waits for the address: all get that row', async (round) => {
  const email = `${newRacer().sub}@example.com`;
  const ada = newRacer(email);
  const { rows } = await track.owner.query(
    sql`insert into public.app_users (cognito_sub, email) values (${`pending:${email}`}, ${email})
      returning id`,
  );
  const request = { who: ada, statement: sql`select (public.ensure_profile()).id` };
  const finishes = await track.race([request, request, request], round);
  expect(finishes).toEqual(Array(3).fill({ outcome: 'ok', value: rows[0].id, rows: 1 }));
  const { rows: left } = await track.owner.query(
    sql`select cognito_sub from public.app_users where lower(email) = ${email}`,
  );
  expect(left).toEqual([{ cognito_sub: ada.sub }]);
});

race('the two last owners leave: one stays', async (round) => {
  const owners = [newRacer(), newRacer()];
  const [, second = ''] = await profiles(owners);
  const workspace = await newWorkspace(owners[0] as Racer);
  await join(workspace, second, 'owner');
  const leave = sql`select public.leave_workspace(${workspace})`;
  const finishes = await track.race(
    owners.map((who) => ({ who, statement: leave })),
    round,
  );
  expect(outcomes(finishes).sort()).toEqual(['PT409', 'ok']);
  expect(Object.values(await membersOf(workspace))).toEqual(['owner']);
});

race('two owners remove each other: one is left', async (round) => {
  const owners = [newRacer(), newRacer()];
  const ids = await profiles(owners);
  const workspace = await newWorkspace(owners[0] as Racer);
  await join(workspace, ids[1] as string, 'owner');
  const finishes = await track.race(
    owners.map((who, at) => ({
      who,
      statement: sql`select public.remove_member(${workspace}, ${ids[1 - at]})`,
    })),
    round,
  );
  expect(outcomes(finishes).sort()).toEqual(['PT404', 'ok']);
  expect(Object.values(await membersOf(workspace))).toEqual(['owner']);
});

race('an owner hands over to somebody whom they remove: one of both', async (round) => {
  const people = [newRacer(), newRacer()];
  const [own = '', other = ''] = await profiles(people);
  const workspace = await newWorkspace(people[0] as Racer);
  await join(workspace, other, 'member');
  const requests = [
    sql`select public.transfer_ownership(${workspace}, ${other})`,
    sql`select public.remove_member(${workspace}, ${other})`,
  ].map((statement) => ({ who: people[0] as Racer, statement }));
  // Every fourth round the removal is first.
  const turned = round % 4 === 2;
  const finishes = await track.race(turned ? requests.reverse() : requests, round);
  const [transfer, removal] = turned ? outcomes(finishes).reverse() : outcomes(finishes);
  const members = await membersOf(workspace);
  if (transfer === 'ok') {
    expect(removal).toBe('42501');
    expect(members).toEqual({ [own]: 'admin', [other]: 'owner' });
  } else {
    expect([transfer, removal]).toEqual(['PT404', 'ok']);
    expect(members).toEqual({ [own]: 'owner' });
  }
});

race('the service deletes who leaves and is removed: each in turn', async (round) => {
  const [owner, ada] = [newRacer(), newRacer()];
  const [, person = ''] = await profiles([owner, ada]);
  const workspaces = [await newWorkspace(owner), await newWorkspace(owner)];
  for (const workspace of workspaces) await join(workspace, person, 'owner');
  const requests = [
    { who: SERVICE, statement: sql`select public.delete_profile(${ada.sub})` },
    { who: owner, statement: sql`select public.remove_member(${workspaces[0]}, ${person})` },
    { who: ada, statement: sql`select public.leave_workspace(${workspaces[1]})` },
  ];
  const turned = round % 4 === 2;
  const finishes = await track.race(turned ? requests.reverse() : requests, round);
  const [deleted, ...others] = turned ? outcomes(finishes).reverse() : outcomes(finishes);
  expect(deleted).toBe('ok');
  // A person whom the service has deleted is signed out too.
  for (const outcome of others) expect(['ok', 'PT404', 'PT401']).toContain(outcome);
  for (const workspace of workspaces)
    expect(Object.values(await membersOf(workspace))).toEqual(['owner']);
});

race('a task is assigned to a member who is removed: no assignment stays', async (round) => {
  const [owner, ada] = [newRacer(), newRacer()];
  const [, person = ''] = await profiles([owner, ada]);
  const workspace = await newWorkspace(owner);
  await join(workspace, person, 'member');
  const { rows: tasks } = await track.owner.query(
    sql`insert into public.tasks (workspace_id, title) values (${workspace}, ${MARK}), (${workspace}, ${MARK})
      returning id`,
  );
  // One is Ada's already. The other becomes hers at the same time.
  await track.owner.query(
    sql`insert into public.task_assignments (task_id, workspace_id, user_id)
      values (${tasks[0].id}, ${workspace}, ${person})`,
  );
  const requests = [
    { who: owner, statement: sql`select public.remove_member(${workspace}, ${person})` },
    { who: owner, statement: sql`select public.assign_task(${tasks[1].id}, ${person})` },
  ];
  const turned = round % 4 === 2;
  const finishes = await track.race(turned ? requests.reverse() : requests, round);
  const [removed, assigned] = turned ? outcomes(finishes).reverse() : outcomes(finishes);
  expect(removed).toBe('ok');
  expect(['ok', 'PT400']).toContain(assigned);
  const { rows } = await track.owner.query(
    sql`select count(*)::int as n from public.task_assignments where workspace_id = ${workspace}`,
  );
  expect(rows).toEqual([{ n: 0 }]);
});

race('the service deletes who joins: gone, or a member', async (round) => {
  const [owner, ada] = [newRacer(), newRacer()];
  const [, person = ''] = await profiles([owner, ada]);
  const workspace = await newWorkspace(owner);
  const token = await newInvite(workspace, owner);
  const requests = [
    { who: SERVICE, statement: sql`select public.delete_profile(${ada.sub})` },
    { who: ada, statement: sql`select public.accept_invite(${token})` },
  ];
  const turned = round % 4 === 2;
  const finishes = await track.race(turned ? requests.reverse() : requests, round);
  const [deleted, joined] = turned ? outcomes(finishes).reverse() : outcomes(finishes);
  // Deleted first, the person is signed out or their profile is gone. Joined first, they are deleted
  // as a member.
  expect(deleted).toBe('ok');
  expect(['ok', 'PT401', 'PT409']).toContain(joined);
  expect(Object.keys(await membersOf(workspace))).not.toContain(person);
});

race(
  'a workspace is deleted while somebody joins: it is gone, and nothing stays',
  async (round) => {
    const [owner, ada] = [newRacer(), newRacer()];
    const workspace = await newWorkspace(owner);
    const token = await newInvite(workspace, owner);
    const requests = [
      { who: owner, statement: sql`delete from public.workspaces where id = ${workspace}` },
      { who: ada, statement: sql`select public.accept_invite(${token})` },
    ];
    const turned = round % 4 === 2;
    const finishes = await track.race(turned ? requests.reverse() : requests, round);
    const [gone, joined] = turned ? [...finishes].reverse() : finishes;
    expect(gone).toEqual({ outcome: 'ok', value: undefined, rows: 1 });
    expect(['ok', 'PT404']).toContain(joined?.outcome);
    const { rows } = await track.owner.query(
      sql`select 1 from public.workspaces where id = ${workspace}
      union all select 1 from public.workspace_members where workspace_id = ${workspace}
      union all select 1 from public.workspace_invites where workspace_id = ${workspace}`,
    );
    expect(rows).toEqual([]);
  },
);
