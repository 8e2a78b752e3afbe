-- Module profiles: a row for each person. Cognito keeps identities (password, MFA, sign-in), and this
-- table keeps the application's data. The link is the claim `sub`, which never changes.

select cognito_supabase.add_module('profiles', '{trust}');

create table public.app_users (
  id uuid primary key default gen_random_uuid(),
  cognito_sub text not null default cognito_supabase.current_sub(),
  email text,
  display_name text,
  billing_plan text not null default 'free',
  role text not null default 'user',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint app_users_cognito_sub_key unique (cognito_sub),
  constraint app_users_cognito_sub_not_empty check (cognito_supabase.check_length('cognito_sub', cognito_sub, 1, 255)),
  constraint app_users_email_length check (cognito_supabase.check_length('email', email, 1, 320)),
  constraint app_users_display_name_length check (cognito_supabase.check_length('display_name', display_name, 1, 200)),
  constraint app_users_billing_plan check (cognito_supabase.check_one_of('billing_plan', billing_plan, '{free,pro,enterprise}')),
  constraint app_users_role check (cognito_supabase.check_one_of('role', role, '{user,support,admin}'))
);
alter table public.app_users enable row level security;

comment on table public.app_users is 'A row for each person: the application''s data about a Cognito user.';
comment on column public.app_users.id is 'The person, for foreign keys inside this database.';
comment on column public.app_users.cognito_sub is 'Claim sub of the person''s Cognito tokens.';
comment on column public.app_users.email is
  'A copy for display, written by the service. Cognito has the verified address.';
comment on column public.app_users.display_name is 'The name that the person has chosen, 1 to 200 characters.';
comment on column public.app_users.billing_plan is 'free, pro or enterprise. Written by the service.';
comment on column public.app_users.role is 'Application role: user, support or admin. Written by the service.';
comment on column public.app_users.created_at is 'When the row was made. This is not the time of sign-up.';
comment on column public.app_users.updated_at is 'Last change of the row, kept by a trigger.';

create trigger set_updated_at before update on public.app_users
  for each row execute function cognito_supabase.set_updated_at();

-- People see, make and rename their own row. Only the service writes the other columns. This is by column
-- grants, because a policy cannot compare old and new values.
revoke all on public.app_users from anon, authenticated, service_role;
grant select on public.app_users to authenticated;
grant insert (cognito_sub, display_name) on public.app_users to authenticated;
grant update (display_name) on public.app_users to authenticated;
-- The service deletes a profile by delete_profile(), which also ends the person's sessions.
grant select, insert, update on public.app_users to service_role;

create policy "People see their own row"
  on public.app_users for select to authenticated
  using (cognito_sub = (select (select auth.jwt()) ->> 'sub'));

-- Client-credentials tokens have sub = client_id. They have no profile.
create policy "People make their own row"
  on public.app_users for insert to authenticated
  with check (
    cognito_sub = (select (select auth.jwt()) ->> 'sub')
    and (select not cognito_supabase.is_machine())
  );

create policy "People rename themselves"
  on public.app_users for update to authenticated
  using (cognito_sub = (select (select auth.jwt()) ->> 'sub'))
  with check (cognito_sub = (select (select auth.jwt()) ->> 'sub'));

create trigger audit after insert or update or delete on public.app_users
  for each row execute function cognito_audit.record('id,cognito_sub', 'cognito_sub,billing_plan,role');
create index app_users_email_idx on public.app_users (lower(email));
comment on index public.app_users_email_idx is 'An address in lower case.';

-- Callers can ask for the planner's estimates in ways that the request check does not see (PostgREST
-- keeps one header of each name). Therefore no statistics are kept of free text.
alter table public.app_users alter column email set statistics 0, alter column display_name set statistics 0;
alter index public.app_users_email_idx alter column 1 set statistics 0;

select cognito_supabase.protect('public.app_users');
