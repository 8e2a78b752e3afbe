-- Helpers that tables share.

create function private.current_sub() returns text
  language sql stable
  set search_path = ''
  return ((select auth.jwt()) ->> 'sub');
comment on function private.current_sub() is
  'The caller''s Cognito sub (claim sub of the verified token); null without a token. For column defaults: policies spell the expression out, so that the planner sees it.';
revoke execute on function private.current_sub() from public;
grant usage on schema private to authenticated, service_role;
grant execute on function private.current_sub() to authenticated, service_role;

create function private.set_updated_at() returns trigger
  language plpgsql
  set search_path = ''
  as $$
  begin
    new.updated_at := now();
    return new;
  end
  $$;
comment on function private.set_updated_at() is 'Trigger: keeps updated_at true, whatever was sent.';
revoke execute on function private.set_updated_at() from public;
