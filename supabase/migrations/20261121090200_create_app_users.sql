-- People, as the application knows them: a row a person. Cognito keeps who they are (password, MFA,
-- sign-in), this table what the application adds. The link is the claim `sub`, which never changes.

create table public.app_users (
  id uuid primary key default gen_random_uuid(),
  cognito_sub text not null default private.current_sub(),
  email text,
  display_name text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint app_users_cognito_sub_key unique (cognito_sub),
  constraint app_users_cognito_sub_not_empty check (private.check_length('cognito_sub', cognito_sub, 1, 255)),
  constraint app_users_email_length check (private.check_length('email', email, 1, 320)),
  constraint app_users_display_name_length check (private.check_length('display_name', display_name, 1, 200))
);
alter table public.app_users enable row level security;

comment on table public.app_users is 'A row a person: what the application adds to the Cognito user.';
comment on column public.app_users.id is 'The person, for foreign keys inside this database.';
comment on column public.app_users.cognito_sub is 'Claim sub of the person''s Cognito tokens.';
comment on column public.app_users.email is
  'A copy for display, written by the service; Cognito holds the verified address.';
comment on column public.app_users.display_name is 'The person''s name for themselves, 1 to 200 characters.';
comment on column public.app_users.created_at is 'When the row was made, which is not the sign-up.';
comment on column public.app_users.updated_at is 'Last change of the row, kept by a trigger.';

create trigger set_updated_at before update on public.app_users
  for each row execute function private.set_updated_at();

-- People see, make and rename their own row. What else is in it is the service's to write: column
-- grants say so, because a policy cannot compare old and new values.
revoke all on public.app_users from anon, authenticated, service_role;
grant select on public.app_users to authenticated;
grant insert (cognito_sub, display_name) on public.app_users to authenticated;
grant update (display_name) on public.app_users to authenticated;
grant select, insert, update, delete on public.app_users to service_role;

create policy "People see their own row"
  on public.app_users for select to authenticated
  using (cognito_sub = (select (select auth.jwt()) ->> 'sub'));

-- Client-credentials tokens have sub = client_id. They have no profile.
create policy "People make their own row"
  on public.app_users for insert to authenticated
  with check (
    cognito_sub = (select (select auth.jwt()) ->> 'sub')
    and (select not private.is_machine())
  );

create policy "People rename themselves"
  on public.app_users for update to authenticated
  using (cognito_sub = (select (select auth.jwt()) ->> 'sub'))
  with check (cognito_sub = (select (select auth.jwt()) ->> 'sub'));
