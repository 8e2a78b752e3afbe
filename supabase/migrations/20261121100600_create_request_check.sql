-- Trust once a request: PostgREST calls this function in the request's transaction, as the request's
-- role, before it plans anything (setting db-pre-request of PostgREST).

create function private.check_request() returns void
  language plpgsql
  set search_path = ''
  as $$
  declare
    headers jsonb := nullif(current_setting('request.headers', true), '')::jsonb;
  begin
    if current_user = 'authenticated' then
      perform private.require_trust();
    elsif current_user <> 'anon' then
      -- Only Cognito's tokens have token_use. What a person may become is authenticated.
      if auth.jwt() ? 'token_use' then
        raise exception using errcode = 'PT403',
          message = format('a Cognito token cannot run as the role %s', current_user),
          hint = 'The pre-token trigger sets the claim role to authenticated, whatever was there.';
      end if;
      return;
    end if;
    -- The planner knows the rows of all people: its estimates would tell about them.
    if headers ->> 'prefer' ~* 'count\s*=\s*"?(planned|estimated)' then
      raise exception using errcode = 'PT400',
        message = 'count=planned and count=estimated are not answered: they count rows of other people, too',
        hint = 'Use count=exact.';
    end if;
    if headers ->> 'accept' ~* 'vnd\.pgrst\.plan' then
      raise exception using errcode = 'PT400',
        message = 'execution plans are not shown: their estimates count rows of other people, too',
        hint = 'Use explain as postgres.';
    end if;
  end
  $$;
revoke execute on function private.check_request() from public;
grant usage on schema private to anon;
grant execute on function private.check_request() to anon, authenticated, service_role;
comment on function private.check_request() is
  'Refuses a request whose token is not trusted (PT401, PT403), and one that asks for the planner''s estimates (PT400). Called by the Data API before each request.';

-- PostgREST keeps one header of each name, so a second Prefer is not seen above. Of what people write
-- as free text, the planner therefore knows nothing.
alter table public.app_users alter column email set statistics 0, alter column display_name set statistics 0;
alter table public.notes alter column body set statistics 0;
alter table public.workspaces alter column name set statistics 0;
alter table public.workspace_invites alter column email set statistics 0;
alter table public.tasks alter column title set statistics 0;
alter index public.app_users_email_idx alter column 1 set statistics 0;

do $$
declare
  theirs text := (
    select substr(setting, length('pgrst.db_pre_request=') + 1)
    from pg_catalog.pg_db_role_setting as s cross join unnest(s.setconfig) as setting
    where s.setrole = 'authenticator'::regrole and setting like 'pgrst.db\_pre\_request=%'
    limit 1);
  body text := (
    select string_agg(p.prosrc, ' ') from pg_catalog.pg_proc as p
    where p.oid::regproc::text = theirs or format('%s.%s', p.pronamespace::regnamespace, p.proname) = theirs);
begin
  if theirs is null then
    alter role authenticator set pgrst.db_pre_request = 'private.check_request';
  elsif theirs <> 'private.check_request' and coalesce(body, '') not like '%private.check_request%' then
    -- There is one such setting. Replacing theirs would switch off what it does.
    raise exception using
      message = format('the Data API calls %s before each request already', theirs),
      hint = format('Add the line "perform private.check_request();" to %s, as its first one, and apply the migrations again.', theirs);
  end if;
end
$$;

-- How long a person's request may take. The platform's default of 8 s lets a few regular expressions
-- hold every connection; a shorter limit of the project's own stays.
do $$
declare
  theirs interval := (
    -- A number alone is milliseconds.
    select regexp_replace(substr(setting, length('statement_timeout=') + 1), '^(\d+)$', '\1 ms')::interval
    from pg_catalog.pg_db_role_setting as s cross join unnest(s.setconfig) as setting
    where s.setrole = 'authenticated'::regrole and s.setdatabase = 0 and setting like 'statement\_timeout=%');
begin
  if theirs is null or theirs > interval '3 s' or theirs = interval '0' then
    alter role authenticated set statement_timeout = '3s';
  end if;
end
$$;

notify pgrst, 'reload config';
