-- Checks trust once for a request: PostgREST calls this function in the request's transaction, as the
-- request's role, before it plans anything (PostgREST's setting db-pre-request).

create function cognito_supabase.check_request() returns void
  language plpgsql
  set search_path = pg_catalog, pg_temp
  as $$
  declare
    headers jsonb := nullif(current_setting('request.headers', true), '')::jsonb;
  begin
    if current_user = 'authenticated' then
      perform cognito_supabase.require_trust();
      -- auth.uid() casts the sub, and raises 22P02 if it is not a UUID. It reads this setting first.
      if auth.jwt() ->> 'sub' is distinct from cognito_supabase.uid()::text then
        perform set_config('request.jwt.claim.sub', cognito_supabase.uid()::text, true);
      end if;
    elsif current_user <> 'anon' then
      -- Only Cognito's tokens have token_use. They may run as authenticated only.
      if auth.jwt() ? 'token_use' then
        raise exception using errcode = 'PT403',
          message = format('a Cognito token cannot run as the role %s', current_user),
          hint = 'The pre-token trigger sets the claim role to authenticated, whatever was there.';
      end if;
      return;
    end if;
    -- The planner knows the rows of all people, so its estimates would reveal them.
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
revoke execute on function cognito_supabase.check_request() from public;
grant execute on function cognito_supabase.check_request() to anon, authenticated, service_role;
comment on function cognito_supabase.check_request() is
  'Refuses a request whose token is not trusted (PT401, PT403), and one that asks for the planner''s estimates (PT400). Called by the Data API before each request.';

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
    alter role authenticator set pgrst.db_pre_request = 'cognito_supabase.check_request';
  elsif theirs <> 'cognito_supabase.check_request' and coalesce(body, '') not like '%cognito_supabase.check_request%' then
    -- There is only one such setting. Replacing the project's own would switch off its function.
    raise exception using
      message = format('the Data API calls %s before each request already', theirs),
      hint = format('Add the line "perform cognito_supabase.check_request();" to %s, as its first one, and apply the migrations again.', theirs);
  end if;
end
$$;

notify pgrst, 'reload config';
