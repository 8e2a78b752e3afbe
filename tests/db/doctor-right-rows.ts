/** Set-ups of somebody else that are right, and SQL of findings that has to mend: each by SQL on a right database. */
import type { FindingId } from '../../cli/doctor/catalogue/index.ts';

export interface RightRow {
  readonly how: string;
  readonly sql: string;
}

const right = (how: string, sql: string): RightRow => ({ how, sql });

const SUB = `(select (select auth.jwt()) ->> 'sub')`;

export const RIGHT_ROWS: readonly RightRow[] = [
  right(
    'a role of the Data API that policies bind',
    'create role doctor_editor; grant doctor_editor to authenticator',
  ),
  right(
    'a policy for every role on a table of an extension',
    `create extension hstore schema extensions;
     create table public.of_extension (owner_sub text primary key);
     grant select on public.of_extension to authenticated;
     select cognito_supabase.protect('public.of_extension');
     create policy "own" on public.of_extension for select using (owner_sub = ${SUB});
     alter extension hstore add table public.of_extension`,
  ),
  right(
    'a table of an extension without policies',
    `create extension hstore schema extensions;
     create table public.of_extension (id int);
     grant select on public.of_extension to authenticated;
     select cognito_supabase.protect('public.of_extension');
     alter extension hstore add table public.of_extension`,
  ),
];

/** The finding is there once, and its own SQL takes it away. */
export interface ShownRow {
  readonly id: FindingId;
  readonly how: string;
  readonly sql: string;
  /** Runs after the SQL of the finding, and has to work. @default - nothing */
  readonly still?: string;
}

const TRUST = 'perform cognito_supabase.require_trust();';

export const SHOWN_ROWS: readonly ShownRow[] = [
  {
    ...{ id: 'schedules-missing', how: 'and leaves what somebody has changed in another one' },
    sql: `delete from cron.job where jobname = 'sweep-revocations';
      update cron.job set schedule = '0 0 * * 0' where jobname = 'refresh-cognito-directory'`,
    still: `do $$ begin
      assert exists (select from cron.job where schedule = '0 0 * * 0');
    end $$`,
  },
  {
    ...{ id: 'refers-to-auth-users', how: 'a table with two partitions' },
    sql: `create schema logs; create table logs.logs (u uuid references auth.users, at int) partition by list (at);
      create table logs.logs_0 partition of logs.logs for values in (0);
      create table logs.logs_1 partition of logs.logs for values in (1);
      set local search_path = logs`,
  },
  {
    ...{ id: 'function-without-search-path', how: 'a procedure' },
    sql: `create procedure public.mine() language plpgsql security definer as 'begin ${TRUST} end'`,
  },
  {
    ...{
      id: 'function-without-search-path',
      how: 'a function that names a table without its schema',
    },
    sql: `create table public.things (id int);
      create function public.area() returns bigint language plpgsql security definer
        as $$ begin if false then ${TRUST} end if; return (select count(*) from things); end $$`,
    still: 'select public.area()',
  },
  {
    ...{ id: 'role-settable', how: 'granted by another role' },
    sql: `create role doctor_admin createrole; create role doctor_owner; grant doctor_owner to doctor_admin with admin option;
      grant create on schema public to doctor_owner; create table public.theirs (id int);
      grant doctor_admin to postgres;
      set local role doctor_admin; grant doctor_owner to authenticator; reset role;
      alter table public.theirs owner to doctor_owner;`,
  },
];
