-- Module example: tables of an application, to learn from. Delete it when you do not need it.
--
-- Notes: the simplest table with an owner. A note belongs to the sub of the token that wrote it, and
-- nobody else sees it.

select cognito_supabase.add_module('example', '{tenancy}');

create table public.notes (
  id uuid primary key default gen_random_uuid(),
  owner_sub text not null default cognito_supabase.current_sub(),
  body text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint notes_body_length check (cognito_supabase.check_length('body', body, 1, 4000))
);
alter table public.notes enable row level security;

comment on table public.notes is 'Private notes. A person sees and changes only their own.';
comment on column public.notes.id is 'The note.';
comment on column public.notes.owner_sub is 'Claim sub of the owner; by default the caller''s.';
comment on column public.notes.body is 'Plain text, 1 to 4000 characters.';
comment on column public.notes.created_at is 'When the note was written.';
comment on column public.notes.updated_at is 'Last change, kept by a trigger.';

-- Serves the policies, and "my newest notes" without a sort.
create index notes_owner_sub_created_at_idx on public.notes (owner_sub, created_at desc, id desc);
comment on index public.notes_owner_sub_created_at_idx is 'A person''s notes, newest first.';

create trigger set_updated_at before update on public.notes
  for each row execute function cognito_supabase.set_updated_at();

-- The owner can be set at insert, where the policy checks it, and never changes.
revoke all on public.notes from anon, authenticated, service_role;
grant select, delete on public.notes to authenticated;
grant insert (owner_sub, body) on public.notes to authenticated;
grant update (body) on public.notes to authenticated;
grant select, insert, update, delete on public.notes to service_role;

create policy "People see their own notes"
  on public.notes for select to authenticated
  using (owner_sub = (select (select auth.jwt()) ->> 'sub'));

-- Client-credentials tokens have sub = client_id. Notes are for people.
create policy "People write notes as themselves"
  on public.notes for insert to authenticated
  with check (
    owner_sub = (select (select auth.jwt()) ->> 'sub')
    and (select not cognito_supabase.is_machine())
  );

create policy "People edit their own notes"
  on public.notes for update to authenticated
  using (owner_sub = (select (select auth.jwt()) ->> 'sub'))
  with check (owner_sub = (select (select auth.jwt()) ->> 'sub'));

create policy "People delete their own notes"
  on public.notes for delete to authenticated
  using (owner_sub = (select (select auth.jwt()) ->> 'sub'));

select cognito_supabase.protect('public.notes');
-- No statistics of free text (module profiles has the reason).
alter table public.notes alter column body set statistics 0;
