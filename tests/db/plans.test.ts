/**
 * Checks by EXPLAIN how Postgres runs the policies: it finds the rows by the policy's index, and checks
 * trust and membership once for a statement. It measures no times. All statements are in one transaction
 * that is rolled back.
 *
 * The form counts, too: an operator outside of the subselect, as in `((select auth.jwt()) ->> 'sub')`,
 * finds the index on PostgreSQL 17.10 and reads the whole table on 17.12 (docs/performance.md).
 */
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stackEnv } from '../support/stack.ts';

interface Plan {
  readonly 'Node Type': string;
  readonly 'Parent Relationship'?: string;
  readonly 'Subplan Name'?: string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Index Cond'?: string;
  readonly 'Actual Loops': number;
  readonly 'Actual Rows': number;
  readonly Plans?: readonly Plan[];
}

/** One permissive policy, and a statement without another condition. */
interface Expected {
  readonly table: string;
  readonly command: 'SELECT' | 'INSERT' | 'UPDATE' | 'DELETE';
  readonly statement: string;
  /** The condition of the policy, and the index that must be used (none for an insert). */
  readonly column: string;
  readonly index: string;
  /** The caller, if it is not the owner of two workspaces. */
  readonly sub?: string;
}

const ISSUER = 'https://plans.test/pool';
const WORKSPACE = '(select id from public.workspaces limit 1)';

const ownRow = {
  table: 'app_users',
  column: 'cognito_sub',
  index: 'app_users_cognito_sub_key',
} as const;
const note = {
  table: 'notes',
  column: 'owner_sub',
  index: 'notes_owner_sub_created_at_idx',
} as const;
const workspace = { table: 'workspaces', column: 'id', index: 'workspaces_pkey' } as const;
const member = {
  table: 'workspace_members',
  column: 'workspace_id',
  index: 'workspace_members_pkey',
} as const;
const invite = {
  table: 'workspace_invites',
  column: 'workspace_id',
  index: 'workspace_invites_workspace_id_idx',
} as const;
const assignment = {
  table: 'task_assignments',
  column: 'workspace_id',
  index: 'task_assignments_workspace_id_user_id_idx',
} as const;
const task = {
  table: 'tasks',
  column: 'workspace_id',
  index: 'tasks_workspace_id_created_at_idx',
} as const;

const readNotes = { ...note, command: 'SELECT', statement: 'select * from public.notes' } as const;
const readTasks = { ...task, command: 'SELECT', statement: 'select * from public.tasks' } as const;

const POLICIES: readonly Expected[] = [
  { ...ownRow, command: 'SELECT', statement: 'select * from public.app_users' },
  {
    ...ownRow,
    command: 'INSERT',
    statement: `insert into public.app_users (display_name) values ('New')`,
    sub: 'plans-newcomer',
  },
  { ...ownRow, command: 'UPDATE', statement: `update public.app_users set display_name = 'New'` },
  readNotes,
  {
    ...note,
    command: 'INSERT',
    statement: `insert into public.notes (body) select 'New' from generate_series(1, 50)`,
  },
  { ...note, command: 'UPDATE', statement: `update public.notes set body = 'New'` },
  { ...note, command: 'DELETE', statement: 'delete from public.notes' },
  { ...workspace, command: 'SELECT', statement: 'select * from public.workspaces' },
  { ...workspace, command: 'UPDATE', statement: `update public.workspaces set name = 'New'` },
  { ...workspace, command: 'DELETE', statement: 'delete from public.workspaces' },
  { ...member, command: 'SELECT', statement: 'select * from public.workspace_members' },
  { ...invite, command: 'SELECT', statement: 'select id from public.workspace_invites' },
  { ...assignment, command: 'SELECT', statement: 'select * from public.task_assignments' },
  readTasks,
  {
    ...task,
    command: 'INSERT',
    statement: `insert into public.tasks (workspace_id, title)
      select ${WORKSPACE}, 'New' from generate_series(1, 50)`,
  },
  { ...task, command: 'UPDATE', statement: `update public.tasks set title = 'New'` },
  { ...task, command: 'DELETE', statement: 'delete from public.tasks' },
];

/**
 * 4,000 people, each with a workspace that also has the next two people. This is enough for Postgres to
 * use indexes.
 */
const LOAD = `
  with people as (
    insert into public.app_users (cognito_sub) select 'plans-' || n from generate_series(1, 4000) as n
    returning id, substr(cognito_sub, 7)::int as n
  ), spaces as (
    insert into public.workspaces (id, name)
    select gen_random_uuid(), 'plans-' || n from people returning id, substr(name, 7)::int as n
  ), members as (
    insert into public.workspace_members (workspace_id, user_id, role)
    select s.id, p.id, case step when 0 then 'owner' when 1 then 'owner' else 'member' end
    from spaces as s cross join generate_series(0, 2) as step
    join people as p on p.n = 1 + (s.n + step - 1) % 4000
  ), invites as (
    insert into public.workspace_invites (workspace_id, email, role, token_hash)
    select s.id, 'plans@example.com', 'member', sha256((s.n || '-' || k)::bytea)
    from spaces as s, generate_series(1, 2) as k
  ), notes as (
    insert into public.notes (owner_sub, body)
    select 'plans-' || p.n, 'Note' from people as p, generate_series(1, 2)
  )
  insert into public.tasks (workspace_id, title) select s.id, 'Task' from spaces as s, generate_series(1, 4);
  insert into public.task_assignments (task_id, workspace_id, user_id)
    select t.id, t.workspace_id, (
      select m.user_id from public.workspace_members as m where m.workspace_id = t.workspace_id limit 1)
    from public.tasks as t where t.title = 'Task'`;

const db = new pg.Client({
  connectionString: process.env.SUPABASE_DB_URL ?? stackEnv().SUPABASE_DB_URL,
});

beforeAll(async () => {
  await db.connect();
  await db.query('begin');
  const trusted =
    'insert into cognito_supabase.trusted_clients (issuer, client_id) values ($1, $2)';
  await db.query(trusted, [ISSUER, 'plans']);
  await db.query(LOAD);
  await db.query(`analyze public.app_users, public.notes, public.workspaces,
    public.workspace_members, public.workspace_invites, public.tasks, public.task_assignments`);
});

afterAll(async () => {
  await db.query('rollback');
  await db.end();
});

/** Runs `work` and undoes it. */
async function undone<T>(work: () => Promise<T>): Promise<T> {
  await db.query('savepoint before');
  try {
    return await work();
  } finally {
    await db.query('rollback to before');
  }
}

/** The plan of a statement that really ran, as the person, after the owner's `change`. */
const planOf = ({ statement, sub = 'plans-2000' }: Expected, change = ''): Promise<Plan> =>
  undone(async () => {
    await db.query(change);
    const claims = { sub, iss: ISSUER, client_id: 'plans', token_use: 'access' };
    await db.query(
      `select set_config('request.jwt.claims', $1, true), set_config('role', 'authenticated', true)`,
      [JSON.stringify(claims)],
    );
    const { rows } = await db.query(`explain (analyze, verbose, format json) ${statement}`);
    return rows[0]['QUERY PLAN'][0].Plan;
  });

const parts = (plan: Plan): readonly Plan[] => [plan, ...(plan.Plans ?? []).flatMap(parts)];

/** The plan without its InitPlans. */
const perRow = (plan: Plan): readonly Plan[] => [
  plan,
  ...(plan.Plans ?? [])
    .filter((child) => child['Parent Relationship'] !== 'InitPlan')
    .flatMap(perRow),
];

/** The InitPlans. */
const onceBefore = (plan: Plan): readonly (readonly Plan[])[] =>
  parts(plan)
    .filter((part) => part['Parent Relationship'] === 'InitPlan')
    .map(parts);

/** Runs of InitPlans that call `name`. */
const runsOf = (plan: Plan, name: string): readonly number[] =>
  onceBefore(plan)
    .filter((init) => JSON.stringify(init).includes(name))
    .map(([top]) => top?.['Actual Loops'] ?? 0);

/** The result of a subselect, alone on the right side of a comparison or of `= any (…)`. */
const COMPARED = /= (ANY \(\(InitPlan \d+\)\.col1\)|\(InitPlan \d+\)\.col1)/g;
/** The result of a subselect as the whole condition, which is the trust check. */
const ALONE =
  /^\(InitPlan \d+\)\.col1$|\(\(InitPlan \d+\)\.col1(?= AND)|AND \(InitPlan \d+\)\.col1/g;

/** Whether an operator is applied to the result of a subselect. */
const appliesOperator = (condition: string): boolean =>
  condition.replaceAll(COMPARED, '').replaceAll(ALONE, '').includes('InitPlan');

/** Problems of a plan. Empty if there are none. */
function problems(plan: Plan, { table, command, column, index }: Expected): readonly string[] {
  const found: string[] = [];
  const trust = runsOf(plan, 'cognito_supabase.is_trusted()');
  if (!trust.includes(1)) found.push('trust is not asked for once before the statement');
  const whose = ['my_workspaces', 'request.jwt.claims'].flatMap((name) => runsOf(plan, name));
  if (!whose.includes(1)) found.push('whose rows they are is not asked for once');
  if ([...trust, ...whose].some((loops) => loops > 1)) found.push('it is asked for more than once');

  for (const part of perRow(plan)) {
    if (part['Parent Relationship'] === 'SubPlan') found.push(`${part['Subplan Name']} by row`);
    for (const [key, text] of Object.entries(part)) {
      // A function has its bracket directly after its name, unlike ANY (…) and AND (…).
      if (!/Filter|Cond/.test(key)) continue;
      if (/[a-z_]\(/.test(String(text))) found.push(`${key} ${text}`);
      if (appliesOperator(String(text)))
        found.push(`an operator stands outside of the subselect: ${key} ${text}`);
    }
  }
  if (command === 'INSERT') return found;

  const scans = parts(plan).filter((part) => part['Relation Name'] === table);
  if (scans.some((scan) => scan['Node Type'] === 'Seq Scan')) found.push(`all of ${table} is read`);
  const byIndex = perRow(plan).filter((part) => part['Index Name'] === index);
  const condition = new RegExp(`\\b${column} ${COMPARED.source}`);
  if (!byIndex.some((scan) => condition.test(scan['Index Cond'] ?? '')))
    found.push(`${index} is not used with a condition on ${column}`);
  else if (!byIndex.some((scan) => scan['Actual Rows'] > 0)) found.push('it finds no rows');
  return found;
}

test('every policy of an exposed table for people is among these', async () => {
  const { rows } = await db.query<{ policy: string }>(`
    select tablename || ' ' || cmd as policy from pg_policies
    where schemaname = 'public' and permissive = 'PERMISSIVE' and roles && '{authenticated,public}'`);
  const listed = POLICIES.map(({ table, command }) => `${table} ${command}`);
  expect(rows.map(({ policy }) => policy).sort()).toEqual(listed.sort());
});

test.each(POLICIES)('$command on $table', async (expected) => {
  expect(problems(await planOf(expected), expected)).toEqual([]);
});

describe('the check finds', () => {
  const changed = async (expected: Expected, change: string): Promise<string> =>
    problems(await planOf(expected, change), expected).join('; ');

  test('a missing index', async () => {
    const found = await changed(readNotes, `drop index public.${note.index}`);
    expect(found).toContain('all of notes is read');
    expect(found).toContain(`${note.index} is not used`);
  });

  test.each([
    ['a filter by subquery', `workspace_id in (select cognito_supabase.my_workspaces('viewer'))`],
    [
      'a subquery by row',
      `exists (select from cognito_supabase.my_workspaces('viewer') as w where w = workspace_id)`,
    ],
  ])('%s instead of an index condition', async (_, form) => {
    const found = await changed(
      readTasks,
      `alter policy "Members see tasks" on public.tasks using (${form})`,
    );
    expect(found).toContain('is not used with a condition');
  });

  test('an operator outside of the subselect', async () => {
    const found = await changed(
      readNotes,
      `alter policy "People see their own notes" on public.notes
       using (owner_sub = ((select auth.jwt()) ->> 'sub'))`,
    );
    expect(found).toContain('an operator stands outside of the subselect: Index Cond');
    expect(found).toContain('is not used with a condition');
  });

  test('a token that is read by row', async () => {
    const found = await changed(
      readNotes,
      `alter policy "People see their own notes" on public.notes
       using (owner_sub = auth.jwt() ->> 'sub')`,
    );
    expect(found).toContain('whose rows they are is not asked for once');
  });

  test('trust that is asked for by row', async () => {
    const found = await changed(
      readTasks,
      `alter policy "Only trusted tokens" on public.tasks using (cognito_supabase.is_trusted())`,
    );
    expect(found).toContain('cognito_supabase.is_trusted()');
  });

  test('trust that is not asked for', async () => {
    const found = await changed(readTasks, 'drop policy "Only trusted tokens" on public.tasks');
    expect(found).toContain('trust is not asked for');
  });
});
