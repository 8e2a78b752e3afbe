/** The queries of the benchmark, and their policies. */
import type { Subject } from './database.ts';

/** A query under the policies of one role. */
export interface Side {
  readonly form: Form;
  readonly role: string;
  readonly sql: string;
  readonly values: readonly unknown[];
  /** False plans the query again in every request, as with a pooler in transaction mode. */
  readonly prepared: boolean;
}

export interface Scenario {
  readonly name: string;
  /** At most this many times the query without row-level security. */
  readonly target?: number;
  /** The first is ours, the second the same query without row-level security. */
  readonly sides: readonly Side[];
}

export type Form = keyof typeof FORMS;

/** The forms of policies. */
export const FORMS = {
  ours: 'our policies, trust check included',
  none: 'no row-level security, the same where',
  oursAnew: 'ours, planned anew at each request',
  noneAnew: 'none, planned anew at each request',
  untrusting: 'ours without the trust check',
  naive: "auth.jwt() ->> 'sub' = owner_sub",
  wrapped: "(select auth.jwt() ->> 'sub') = owner_sub",
  operator: "owner_sub = ((select auth.jwt()) ->> 'sub'), and the trust check",
  naiveBare: "auth.jwt() ->> 'sub' = owner_sub, no index",
  wrappedBare: "(select auth.jwt() ->> 'sub') = owner_sub, no index",
  inTable: 'workspace_id in (select workspace_id from team_user where …)',
  inFunction: 'workspace_id in (select user_teams())',
  exists: 'exists (select from team_user where …)',
  isMember: 'is_member(workspace_id)',
} as const;

const WORKSPACE_FORMS: readonly (readonly [Form, string])[] = [
  ['untrusting', 'bench_untrusting'],
  ['inTable', 'bench_in_table'],
  ['inFunction', 'bench_in_function'],
  ['exists', 'bench_exists'],
  ['isMember', 'bench_is_member'],
];

const TASK = 'id, workspace_id, title, status, due_on, created_at';
const NOTE = 'id, body, created_at';

type Query = readonly [sql: string, ...values: unknown[]];

const side = (form: Form, role: string, [sql, ...values]: Query, prepared = true): Side => ({
  form,
  role,
  sql,
  values,
  prepared,
});

/** Ours against none, with both ways of planning, then the others. */
const against = (ours: Query, none: Query, others: readonly Side[]): readonly Side[] => [
  side('ours', 'authenticated', ours),
  side('none', 'service_role', none),
  side('oursAnew', 'authenticated', ours, false),
  side('noneAnew', 'service_role', none, false),
  ...others,
];

export function scenariosFor(subject: Subject): readonly Scenario[] {
  const { sub, userId, large, small, workspaces, task } = subject;

  const tasks = (name: string, ours: Query, none: Query = ours, target?: number): Scenario => ({
    name,
    ...(target && { target }),
    sides: against(
      ours,
      none,
      WORKSPACE_FORMS.map(([form, role]) => side(form, role, ours)),
    ),
  });
  const rowsOf = (id: string): Query => [
    `select ${TASK} from public.tasks where workspace_id = $1`,
    id,
  ];
  const newestOf = (id: string): Query => [
    `select ${TASK} from public.tasks where workspace_id = $1
     order by created_at desc, id desc limit 20`,
    id,
  ];
  const countOf = (id: string): Query => [
    'select count(*) from public.tasks where workspace_id = $1',
    id,
  ];
  const notes: Query = [`select ${NOTE} from public.notes`];
  const bareNotes: Query = [`select ${NOTE} from bench.bare_notes`];

  return [
    {
      name: 'my notes',
      target: 1.2,
      sides: against(
        notes,
        [`select ${NOTE} from public.notes where owner_sub = $1`, sub],
        [
          side('untrusting', 'bench_untrusting', notes),
          side('wrapped', 'bench_wrapped', notes),
          side('operator', 'bench_operator', notes),
          side('naive', 'bench_naive', notes),
          side('wrappedBare', 'bench_wrapped', bareNotes),
          side('naiveBare', 'bench_naive', bareNotes),
        ],
      ),
    },
    tasks(
      'tasks assigned to me',
      [
        `select ${TASK} from public.tasks as t
         join (select task_id from public.task_assignments where user_id = $1) as a on a.task_id = t.id`,
        userId,
      ],
      undefined,
      1.2,
    ),
    tasks('a small workspace', rowsOf(small), undefined, 1.3),
    tasks('a large workspace', rowsOf(large), undefined, 1.3),
    tasks('newest 20 of a small workspace', newestOf(small), undefined, 1.2),
    tasks('newest 20 of a large workspace', newestOf(large), undefined, 1.2),
    tasks('count of a small workspace', countOf(small)),
    tasks('count of a large workspace', countOf(large)),
    tasks('a task by id', [`select ${TASK} from public.tasks where id = $1`, task]),
    tasks(
      'all tasks I may see, no where',
      [`select ${TASK} from public.tasks`],
      [`select ${TASK} from public.tasks where workspace_id = any ($1)`, workspaces],
      1.3,
    ),
    tasks(
      'count of all tasks I may see, no where',
      ['select count(*) from public.tasks'],
      ['select count(*) from public.tasks where workspace_id = any ($1)', workspaces],
    ),
  ];
}
