-- What administrators do by the API: each operation is a row, and so an event of the audit. Cognito and
-- the database cannot change in one transaction. Therefore an operation is begun here, carried out in
-- Cognito, and finished here. A repeated request with the same key continues it, or gets the same answer.

create function cognito_supabase.admin_groups() returns text[]
  language sql immutable
  set search_path = pg_catalog, pg_temp
  return array['admin'];
create function cognito_supabase.support_groups() returns text[]
  language sql immutable
  set search_path = pg_catalog, pg_temp
  return array['admin', 'support'];
create function cognito_supabase.recent_sign_in() returns interval
  language sql immutable
  set search_path = pg_catalog, pg_temp
  return interval '15 minutes';
revoke execute on function cognito_supabase.admin_groups() from public;
revoke execute on function cognito_supabase.support_groups() from public;
revoke execute on function cognito_supabase.recent_sign_in() from public;
comment on function cognito_supabase.admin_groups() is 'Groups of the user pool that may change other people. Replace it for other names.';
comment on function cognito_supabase.support_groups() is 'Groups of the user pool that may look people up. Replace it for other names.';
comment on function cognito_supabase.recent_sign_in() is 'How old the sign-in of an administrator may be. Replace it for another limit.';

create function cognito_supabase.require_group(wanted text[]) returns void
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  as $$
  declare
    claims jsonb := auth.jwt();
  begin
    perform cognito_supabase.require_trust();
    if cognito_supabase.is_machine() or not exists (
      select from jsonb_array_elements_text(
        case jsonb_typeof(claims -> 'cognito:groups') when 'array' then claims -> 'cognito:groups' else '[]' end) as g
      where g = any (wanted)
    ) then
      perform cognito_supabase.refuse(format('this is for people of the group %s', array_to_string(wanted, ' or ')));
    end if;
    if cognito_supabase.session_began(claims) < now() - cognito_supabase.recent_sign_in() then
      raise exception using errcode = 'PT401', message = 'the sign-in is too old for this', hint = 'Sign in again.';
    end if;
  end
  $$;
revoke execute on function cognito_supabase.require_group(text[]) from public;
comment on function cognito_supabase.require_group(text[]) is
  'Raises an error unless the caller is trusted, in one of these groups, and has signed in recently: 42501, PT401 or PT403.';

create table cognito_supabase.admin_operations (
  id uuid primary key default gen_random_uuid(),
  actor_sub text not null,
  key_hash bytea,
  request_hash bytea,
  operation text not null,
  sub text,
  group_name text,
  state text not null default 'started',
  result jsonb,
  started_at timestamptz not null default now(),
  leased_until timestamptz,
  finished_at timestamptz,
  constraint admin_operations_actor_key unique (actor_sub, key_hash),
  constraint admin_operations_state check (state in ('started', 'done', 'failed')),
  constraint admin_operations_operation check (operation in (
    'find users', 'read user', 'create user', 'delete user', 'disable user', 'enable user', 'sign out user',
    'reset password', 'add to group', 'remove from group'))
);
alter table cognito_supabase.admin_operations enable row level security;
revoke all on cognito_supabase.admin_operations from anon, authenticated, service_role;
comment on table cognito_supabase.admin_operations is 'What administrators did by the API in the last 90 days. cognito_audit.events has the same without end.';
comment on column cognito_supabase.admin_operations.id is 'The operation.';
comment on column cognito_supabase.admin_operations.actor_sub is 'Who: claim sub.';
comment on column cognito_supabase.admin_operations.key_hash is 'SHA-256 of the Idempotency-Key; null for reading.';
comment on column cognito_supabase.admin_operations.request_hash is 'SHA-256 of the request, so that a key is not used for another one.';
comment on column cognito_supabase.admin_operations.operation is 'What.';
comment on column cognito_supabase.admin_operations.sub is 'To whom; null for a search, and until a new user exists.';
comment on column cognito_supabase.admin_operations.group_name is 'Group of the user pool.';
comment on column cognito_supabase.admin_operations.state is 'started: Cognito may have changed, the database has not. done: both have. failed: neither has.';
comment on column cognito_supabase.admin_operations.result is 'The answer to a repeated request.';
comment on column cognito_supabase.admin_operations.started_at is 'When.';
comment on column cognito_supabase.admin_operations.leased_until is 'Until then a request works on it, and a repeated one waits.';
comment on column cognito_supabase.admin_operations.finished_at is 'When both had changed.';
create index admin_operations_sub_idx on cognito_supabase.admin_operations (sub, started_at desc);
create index admin_operations_started_at_idx on cognito_supabase.admin_operations (started_at);
-- Not the deletion of old rows, because it is no change of anybody.
create trigger audit after insert or update on cognito_supabase.admin_operations
  for each row execute function cognito_audit.record('id,sub', 'operation,group_name,state');

-- Whether the deletion of a profile would be refused, found by trying it.
create function cognito_supabase.check_deletable(sub text) returns void
  language plpgsql
  set search_path = pg_catalog, pg_temp
  as $$
  begin
    if exists (select from public.app_users as u where u.cognito_sub = check_deletable.sub) then
      begin
        perform public.delete_profile(check_deletable.sub);
        raise exception using errcode = 'UNDO1';
      exception when sqlstate 'UNDO1' then
        null;
      end;
    end if;
  end
  $$;
revoke execute on function cognito_supabase.check_deletable(text) from public;
comment on function cognito_supabase.check_deletable(text) is 'Raises the error that delete_profile() would raise, and changes nothing.';

create function public.begin_admin_operation(
  key text, request text, operation text, sub text default null, group_name text default null
) returns jsonb
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  as $$
  declare
    actor text := auth.jwt() ->> 'sub';
    wanted_key bytea := sha256(convert_to(key, 'UTF8'));
    wanted_request bytea := sha256(convert_to(request, 'UTF8'));
    lease constant interval := interval '30 seconds';
    known cognito_supabase.admin_operations;
    repeated boolean := false;
  begin
    perform cognito_supabase.require_group(cognito_supabase.admin_groups());
    perform cognito_supabase.check_length('Idempotency-Key', coalesce(key, ''), 1, 255),
      cognito_supabase.check_length('sub', sub, 1, 255), cognito_supabase.check_length('group', group_name, 1, 128);
    if request is null or operation is null or operation in ('find users', 'read user') then
      raise exception using errcode = 'PT400', message = 'begin_admin_operation needs a request and an operation that changes somebody';
    end if;
    insert into cognito_supabase.admin_operations as o (actor_sub, key_hash, request_hash, operation, sub, group_name, leased_until)
      values (actor, wanted_key, wanted_request, begin_admin_operation.operation, begin_admin_operation.sub,
              begin_admin_operation.group_name, clock_timestamp() + lease)
    on conflict on constraint admin_operations_actor_key do nothing
    returning * into known;
    if not found then
      select * into known from cognito_supabase.admin_operations as o
      where o.actor_sub = actor and o.key_hash = wanted_key for update;
      if known.request_hash <> wanted_request then
        raise exception using errcode = 'PT422', message = 'the Idempotency-Key was used for another request',
          hint = 'Use a new key for each request, and the same one to repeat it.';
      elsif known.state = 'done' then
        return jsonb_build_object('id', known.id, 'started_at', known.started_at, 'repeated', true, 'result', known.result);
      elsif known.leased_until > clock_timestamp() then
        raise exception using errcode = 'PT409', message = 'the same request is being carried out',
          hint = 'Repeat it with the same key after some seconds.';
      end if;
      update cognito_supabase.admin_operations as o set state = 'started', leased_until = clock_timestamp() + lease
      where o.id = known.id;
      repeated := known.state = 'started';
    end if;
    -- Nobody shuts themselves out by mistake.
    if sub = actor and operation in ('delete user', 'disable user', 'remove from group') then
      raise exception using errcode = 'PT409', message = 'an administrator does not do this to their own account',
        hint = 'Another administrator can.';
    end if;
    if operation = 'delete user' then
      perform cognito_supabase.check_deletable(begin_admin_operation.sub);
    end if;
    return jsonb_build_object('id', known.id, 'started_at', known.started_at, 'repeated', repeated, 'result', null);
  end
  $$;

-- Cognito has refused, so nothing has changed, and the same key may be tried again.
create function public.abandon_admin_operation(id uuid) returns void
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  as $$
  begin
    perform cognito_supabase.require_group(cognito_supabase.admin_groups());
    update cognito_supabase.admin_operations as o set state = 'failed', leased_until = null
    where o.id = abandon_admin_operation.id and o.actor_sub = auth.jwt() ->> 'sub' and o.state = 'started';
  end
  $$;

-- The files of a person stay, because only the Storage API may delete them.
create function cognito_supabase.files_of(sub text) returns jsonb
  language plpgsql stable
  set search_path = pg_catalog, pg_temp
  as $$
  declare
    files jsonb := '[]';
  begin
    if to_regclass('storage.objects') is not null then
      execute 'select coalesce(jsonb_agg(f), ''[]'') from (
          select o.bucket_id as bucket, o.name from storage.objects as o where o.owner_id = $1 order by 1, 2 limit 1000) as f'
        into files using files_of.sub;
    end if;
    return files;
  end
  $$;
revoke execute on function cognito_supabase.files_of(text) from public;
comment on function cognito_supabase.files_of(text) is 'The first 1000 files that a person owns: [{bucket, name}].';

create function cognito_supabase.delete_everywhere(sub text, occurred_at timestamptz, in_pool boolean) returns jsonb
  language plpgsql
  set search_path = pg_catalog, pg_temp
  as $$
  declare
    files jsonb := cognito_supabase.files_of(sub);
    had_profile boolean := exists (select from public.app_users as u where u.cognito_sub = delete_everywhere.sub);
  begin
    -- First, because a run over the pool may hold it, and then nothing is changed yet.
    perform cognito.take_run_lock(patience => '1s');
    -- The audit is no proof, because it has the operations on people who never were.
    if not (in_pool or had_profile or cognito.is_forgotten(sub)
            or exists (select from cognito.directory as d where d.sub = delete_everywhere.sub)) then
      raise exception using errcode = 'PT404', message = 'no person with this sub is known';
    end if;
    if had_profile then
      perform public.delete_profile(sub);
    else
      perform public.revoke_user(sub);
    end if;
    perform cognito.record_event(sub, 'deleted', occurred_at => delete_everywhere.occurred_at);
    perform cognito.forget(sub);
    return jsonb_build_object('profile', had_profile, 'files', files);
  end
  $$;
revoke execute on function cognito_supabase.delete_everywhere(text, timestamptz, boolean) from public;
comment on function cognito_supabase.delete_everywhere(text, timestamptz, boolean) is
  'Deletes the profile of a person, ends the sessions, forgets the person in the directory, and returns the files that stay.';

create function public.finish_admin_operation(id uuid, sub text, occurred_at timestamptz, facts jsonb default '{}') returns jsonb
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  as $$
  declare
    known cognito_supabase.admin_operations;
    outcome jsonb := '{}';
    -- Cognito's status is no attribute, and the directory takes it from there.
    said_attributes jsonb := facts -> 'attributes' || jsonb_build_object('cognito:user_status', facts -> 'status');
    said_groups text[] := (
      select array_agg(g) from jsonb_array_elements_text(
        case jsonb_typeof(facts -> 'groups') when 'array' then facts -> 'groups' end) as g);
  begin
    if current_setting('role', true) is distinct from 'service_role' then
      perform cognito_supabase.require_group(cognito_supabase.admin_groups());
    end if;
    select * into known from cognito_supabase.admin_operations as o
    where o.id = finish_admin_operation.id
      and (current_setting('role', true) = 'service_role' or o.actor_sub = auth.jwt() ->> 'sub')
    for update;
    if not found then
      raise exception using errcode = 'PT404', message = 'there is no such operation of this administrator';
    elsif known.state = 'done' then
      return known.result;
    elsif sub is null or (known.sub is not null and known.sub <> sub) then
      raise exception using errcode = 'PT409', message = 'the operation is about another person';
    end if;
    case known.operation
      when 'create user' then
        if exists (select from cognito_supabase.admin_operations as o
                   where o.operation = 'create user' and o.state = 'done' and o.sub = finish_admin_operation.sub) then
          raise exception using errcode = 'PT409', message = 'another request has made this person';
        end if;
        perform public.provision_profile(sub);
        perform cognito.record_event(sub, 'signed_up', said_attributes, coalesce(said_groups, '{}'), occurred_at, facts ->> 'username');
        outcome := jsonb_build_object('sub', sub);
      when 'disable user' then
        perform public.disable_user(sub);
        perform cognito.record_event(sub, 'disabled', occurred_at => finish_admin_operation.occurred_at);
      when 'enable user' then
        perform public.enable_user(sub);
        perform cognito.record_event(sub, 'enabled', occurred_at => finish_admin_operation.occurred_at);
      when 'sign out user' then
        perform public.revoke_user(sub);
      when 'reset password' then
        -- The status alone, because the attributes are not known here.
        update cognito.directory as d set status = 'RESET_REQUIRED', status_as_of = finish_admin_operation.occurred_at
        where d.sub = finish_admin_operation.sub
          and coalesce(d.status_as_of, '-infinity') <= finish_admin_operation.occurred_at;
      when 'add to group', 'remove from group' then
        perform cognito.record_event(sub, 'regrouped', groups => coalesce(said_groups, '{}'),
          occurred_at => finish_admin_operation.occurred_at);
        outcome := jsonb_build_object('groups', coalesce(to_jsonb(said_groups), '[]'));
      when 'delete user' then
        outcome := cognito_supabase.delete_everywhere(sub, occurred_at, coalesce(facts ->> 'existed', 'true') = 'true');
    end case;
    update cognito_supabase.admin_operations as o set
      state = 'done', result = outcome, finished_at = clock_timestamp(), leased_until = null,
      -- A deleted person was forgotten above.
      sub = case known.operation when 'delete user' then 'forgotten' else finish_admin_operation.sub end
    where o.id = known.id;
    return outcome;
  end
  $$;

do $$
declare
  f regprocedure;
begin
  foreach f in array array[
    'public.begin_admin_operation(text, text, text, text, text)', 'public.abandon_admin_operation(uuid)',
    'public.finish_admin_operation(uuid, text, timestamptz, jsonb)'
  ]::regprocedure[] loop
    execute format('revoke execute on function %s from public, anon, authenticated, service_role', f);
    execute format('grant execute on function %s to authenticated', f);
  end loop;
end
$$;
-- The queue finishes what could not be finished with the administrator's token.
grant execute on function public.finish_admin_operation(uuid, text, timestamptz, jsonb) to service_role;
comment on function public.begin_admin_operation(text, text, text, text, text) is
  'Begins an operation on another person, once for each key: {id, started_at, repeated, result}, with a result if it was finished before. For people of cognito_supabase.admin_groups() who have signed in recently. PT409 if it is being carried out or may not be done, PT422 if the key belongs to another request.';
comment on function public.abandon_admin_operation(uuid) is
  'Ends an operation that Cognito has refused. The same key may be used again for the same request.';
comment on function public.finish_admin_operation(uuid, text, timestamptz, jsonb) is
  'Makes the change of an operation in the database, after Cognito has made it, and returns the result. Twice changes nothing. facts: {attributes, groups, status, username} as Cognito has them.';
