-- Data of the benchmark, generated in the database: bench.people people, bench.tasks tasks and as many
-- notes. bench.large is the number of rows of a large workspace. Runs in a transaction as the superuser,
-- with session_replication_role = replica: no triggers, no audit events, no foreign key checks.
--
-- A fifth of the tasks is in large workspaces, two fifths are in middling ones (a fifth of a large
-- one's rows), two fifths in small ones (a fiftieth). Everybody is in one large, one middling and
-- three small workspaces.

create temporary table sizes on commit drop as
with wanted as (
  select kind, rows, greatest(1, round(share * current_setting('bench.tasks')::int / rows)::int) as workspaces
  from (values
    ('large', current_setting('bench.large')::int, 0.2),
    ('middling', current_setting('bench.large')::int / 5, 0.4),
    ('small', current_setting('bench.large')::int / 50, 0.4)
  ) as s (kind, rows, share)
)
select kind, rows, workspaces, sum(workspaces) over (order by rows desc) - workspaces as first
from wanted;

insert into public.app_users (cognito_sub, email, display_name)
select gen_random_uuid(), 'person' || n || '@example.com', 'Person ' || n
from generate_series(1, current_setting('bench.people')::int) as n;

create temporary table people on commit drop as
select row_number() over (order by id) - 1 as n, id, cognito_sub from public.app_users;
create temporary table spaces on commit drop as
select s.first + k as n, s.kind, s.rows, gen_random_uuid() as id
from sizes as s, generate_series(0, s.workspaces - 1) as k;
create index on people (n);
create index on spaces (n);

insert into public.workspaces (id, name) select id, kind || ' ' || n from spaces;
insert into cognito_supabase.workspace_locks (workspace_id) select id from spaces;

insert into public.workspace_members (workspace_id, user_id, role)
select w.id, p.id, 'owner'
from spaces as w join people as p on p.n = w.n % current_setting('bench.people')::int;

-- The factors scatter people, so that neighbours do not share all of their workspaces.
insert into public.workspace_members (workspace_id, user_id, role)
select w.id, p.id, (array['admin', 'member', 'member', 'viewer'])[1 + (p.n + j.factor) % 4]
from people as p
cross join (values ('large', 1), ('middling', 7), ('small', 11), ('small', 13), ('small', 17)) as j (kind, factor)
join sizes as s using (kind)
join spaces as w on w.n = s.first + ((p.n + 1) * j.factor) % s.workspaces
on conflict do nothing;

-- Rows in random order of workspace and time, as a busy application writes them.
insert into public.tasks (workspace_id, title, status, due_on, created_at)
select w.id, 'Task ' || k || ' of ' || w.kind || ' ' || w.n, (array['todo', 'doing', 'done'])[1 + k % 3],
       date '2026-01-01' + k % 365, timestamptz '2025-01-01' + random() * interval '700 days'
from spaces as w
cross join lateral generate_series(1, w.rows) as k
order by random();

-- The members of a workspace are assigned in turn.
insert into public.task_assignments (task_id, workspace_id, user_id)
select t.id, t.workspace_id, m.members[1 + t.n % cardinality(m.members)]
from (select id, workspace_id, row_number() over (partition by workspace_id) as n from public.tasks) as t
join (select workspace_id, array_agg(user_id) as members from public.workspace_members group by 1) as m
  using (workspace_id)
order by random();

insert into public.notes (owner_sub, body, created_at)
select p.cognito_sub, 'Note ' || k, timestamptz '2025-01-01' + random() * interval '700 days'
from people as p,
  generate_series(1, current_setting('bench.tasks')::int / current_setting('bench.people')::int) as k
order by random();

-- Rows for the trust check to search.
insert into cognito_supabase.revoked_sessions (origin_jti, expires_at)
select gen_random_uuid(), now() + interval '1 day' from generate_series(1, 5000);
insert into cognito_supabase.revoked_users (sub, expires_at)
select gen_random_uuid(), now() + interval '1 day' from generate_series(1, 500);
