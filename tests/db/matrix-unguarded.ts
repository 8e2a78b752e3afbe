/**
 * Unguarded objects: a table without the trust policy and a function without the trust check. The check
 * of the request also refuses untrusted callers on these. Policies alone do not, so a table needs
 * `protect`.
 */
import type pg from 'pg';
import { sql } from '../support/sql.ts';
import type { Cast } from './matrix-cast.ts';
import type { FunctionScenario } from './matrix-functions.ts';
import type { TableScenario } from './matrix-scenario.ts';

const MAKE = `
  create table public.unguarded (
    id uuid primary key default gen_random_uuid(),
    owner_sub text not null default cognito_supabase.current_sub(),
    body text
  );
  alter table public.unguarded enable row level security;
  grant select, insert, update, delete on public.unguarded to authenticated;
  create policy "People do all with their own rows" on public.unguarded for all to authenticated
    using (owner_sub = (select (select auth.jwt()) ->> 'sub'))
    with check (owner_sub = (select (select auth.jwt()) ->> 'sub'));
  create function public.unguarded_call() returns text language sql as $$ select 'done' $$;
  grant execute on function public.unguarded_call() to authenticated;
  revoke execute on function public.unguarded_call() from public, anon`;

/** Makes both, and a row for everybody. In the transaction of the matrix, which is rolled back. */
export async function makeUnguarded(db: pg.Client, cast: Cast): Promise<void> {
  await db.query(MAKE);
  await db.query(
    sql`insert into public.unguarded (owner_sub, body)
      select sub, 'x' from unnest(${cast.people.map((name) => cast.sub(name))}::text[]) as sub`,
  );
}

export const UNGUARDED_TABLE: Readonly<Record<string, TableScenario>> = {
  'public.unguarded': {
    key: ['id'],
    rows: () => sql`select * from public.unguarded`,
    mine: (row, persona, cast) => cast.isSub(persona, row.owner_sub),
    operations: {
      select: {},
      insert: { statement: () => sql`insert into public.unguarded (body) values ('x')` },
      update: { statement: () => sql`update public.unguarded set body = 'changed'` },
      delete: { statement: () => sql`delete from public.unguarded` },
    },
  },
};

export const UNGUARDED_FUNCTION: Readonly<Record<string, FunctionScenario>> = {
  'public.unguarded_call()': {
    call: { statement: () => sql`select public.unguarded_call() as value` },
  },
};
