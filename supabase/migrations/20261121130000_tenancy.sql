-- Module tenancy: workspaces and their members. Membership is in tables and not in a claim, so a change
-- takes effect at the next statement. Only functions change members.

select cognito_supabase.add_module('tenancy', '{profiles}');

create table public.workspaces (
  id uuid primary key default gen_random_uuid(),
  name text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint workspaces_name_length check (cognito_supabase.check_length('name', name, 1, 200))
);
alter table public.workspaces enable row level security;
comment on table public.workspaces is 'Workspaces that people share. Every row of a workspace''s tables belongs to one.';
comment on column public.workspaces.id is 'The workspace.';
comment on column public.workspaces.name is '1 to 200 characters.';
comment on column public.workspaces.created_at is 'When it was made.';
comment on column public.workspaces.updated_at is 'Last change, kept by a trigger.';
create trigger set_updated_at before update on public.workspaces
  for each row execute function cognito_supabase.set_updated_at();

create table public.workspace_members (
  workspace_id uuid not null references public.workspaces (id) on delete cascade,
  user_id uuid not null references public.app_users (id) on delete cascade,
  role text not null,
  created_at timestamptz not null default now(),
  primary key (workspace_id, user_id),
  constraint workspace_members_role check (cognito_supabase.check_one_of('role', role, '{owner,admin,member,viewer}'))
);
alter table public.workspace_members enable row level security;
comment on table public.workspace_members is 'Members of workspaces, with their roles.';
comment on column public.workspace_members.workspace_id is 'The workspace.';
comment on column public.workspace_members.user_id is 'The person.';
comment on column public.workspace_members.role is
  'viewer reads; member also writes its rows; admin also invites and manages members and viewers; owner also manages admins and owners, and deletes the workspace.';
comment on column public.workspace_members.created_at is 'When the person joined.';
-- Every check reads a person's workspaces. With the role in the index it need not read the table.
create index workspace_members_user_id_idx on public.workspace_members (user_id) include (workspace_id, role);

create table public.workspace_invites (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references public.workspaces (id) on delete cascade,
  email text not null,
  role text not null,
  token_hash bytea not null,
  invited_by uuid references public.app_users (id) on delete cascade,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null default now() + interval '7 days',
  accepted_at timestamptz,
  accepted_by uuid references public.app_users (id) on delete set null,
  constraint workspace_invites_token_hash_key unique (token_hash),
  constraint workspace_invites_role check (cognito_supabase.check_one_of('role', role, '{admin,member,viewer}')),
  constraint workspace_invites_email check (cognito_supabase.check_email('email', email))
);
alter table public.workspace_invites enable row level security;
comment on table public.workspace_invites is 'Invitations into a workspace: for one address, for one use, for a week. If the token or the profile of the person who accepts has an address, it must be the invited one. Otherwise the mail itself is the proof.';
comment on column public.workspace_invites.id is 'The invitation.';
comment on column public.workspace_invites.workspace_id is 'The workspace.';
comment on column public.workspace_invites.email is 'The invited address. invite_member() writes it in lower case.';
comment on column public.workspace_invites.role is 'The role after accepting. Owners cannot be invited; an owner makes a member an owner.';
comment on column public.workspace_invites.token_hash is 'SHA-256 of the one-time token. The token itself is not stored.';
comment on column public.workspace_invites.invited_by is 'The person who invited; null for the service. The invitation ends with the right to invite, and with the profile of this person.';
comment on column public.workspace_invites.created_at is 'When.';
comment on column public.workspace_invites.expires_at is 'It can be accepted until then.';
comment on column public.workspace_invites.accepted_at is 'When it was accepted; null if it is open.';
comment on column public.workspace_invites.accepted_by is 'The person who accepted.';
create index workspace_invites_workspace_id_idx on public.workspace_invites (workspace_id);
create index workspace_invites_invited_by_idx on public.workspace_invites (invited_by);
create index workspace_invites_accepted_by_idx on public.workspace_invites (accepted_by);

-- The caller's workspaces. Security definer, because it reads tables whose policies call it.
--
-- It is plpgsql, because every policy of a workspace's table calls it in each statement. A session keeps
-- the plan of plpgsql. Postgres 17 plans the body of an SQL function again in each statement, which is
-- five times as slow.
create function cognito_supabase.my_workspaces(least_role text) returns setof uuid
  language plpgsql stable security definer
  set search_path = pg_catalog, pg_temp
  as $$
  declare
    own_sub text := auth.jwt() ->> 'sub';
    roles text[] := case least_role
      when 'viewer' then '{viewer,member,admin,owner}'::text[]
      when 'member' then '{member,admin,owner}'
      when 'admin' then '{admin,owner}'
      when 'owner' then '{owner}' end;
  begin
    return query
      select m.workspace_id
      from public.app_users as u
      join public.workspace_members as m on m.user_id = u.id
      where u.cognito_sub = own_sub and m.role = any (roles);
  end
  $$;

revoke execute on function cognito_supabase.my_workspaces(text) from public;
grant execute on function cognito_supabase.my_workspaces(text) to authenticated;
comment on function cognito_supabase.my_workspaces(text) is
  'The caller''s workspaces with at least the given role: viewer, member, admin or owner. For policies, as workspace_id = any (array(select cognito_supabase.my_workspaces(…))), which Postgres turns into an index condition.';

-- Grants by column. Only functions change members and invitations (tenancy_functions), also for the
-- service. Otherwise a statement with a slow filter would keep their rows locked while an owner waits to
-- remove the member.
revoke all on public.workspaces, public.workspace_members, public.workspace_invites
  from anon, authenticated, service_role;
grant select, delete on public.workspaces to authenticated;
grant update (name) on public.workspaces to authenticated;
grant select on public.workspace_members to authenticated;
grant select (id, workspace_id, email, role, invited_by, created_at, expires_at, accepted_at, accepted_by)
  on public.workspace_invites to authenticated;
grant select, insert, update, delete on public.workspaces to service_role;
grant select, insert on public.workspace_members, public.workspace_invites to service_role;

select cognito_supabase.protect(guarded) from unnest(array[
  'public.workspaces', 'public.workspace_members', 'public.workspace_invites']::regclass[]) as guarded;

create policy "Members see their workspaces" on public.workspaces for select to authenticated
  using (id = any (array(select cognito_supabase.my_workspaces('viewer'))));
create policy "Admins rename a workspace" on public.workspaces for update to authenticated
  using (id = any (array(select cognito_supabase.my_workspaces('admin'))))
  with check (id = any (array(select cognito_supabase.my_workspaces('admin'))));
create policy "Owners delete a workspace" on public.workspaces for delete to authenticated
  using (id = any (array(select cognito_supabase.my_workspaces('owner'))));

create policy "Members see each other" on public.workspace_members for select to authenticated
  using (workspace_id = any (array(select cognito_supabase.my_workspaces('viewer'))));

create policy "Admins see invitations" on public.workspace_invites for select to authenticated
  using (workspace_id = any (array(select cognito_supabase.my_workspaces('admin'))));

-- No statistics of free text (module profiles has the reason).
alter table public.workspaces alter column name set statistics 0;
alter table public.workspace_invites alter column email set statistics 0;
