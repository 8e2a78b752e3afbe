-- What administrators and support look up. Each reading is an operation, so the audit has it.

create function cognito_supabase.note_reading(operation text, sub text) returns void
  language sql
  set search_path = pg_catalog, pg_temp
  as $$
    insert into cognito_supabase.admin_operations (actor_sub, operation, sub, state, finished_at)
    values (auth.jwt() ->> 'sub', note_reading.operation, note_reading.sub, 'done', now())
  $$;
revoke execute on function cognito_supabase.note_reading(text, text) from public;
comment on function cognito_supabase.note_reading(text, text) is 'Records that the caller has looked somebody up.';

create function public.admin_find_users(email text default null, after text default null, most integer default 50) returns jsonb
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  as $$
  declare
    found_users jsonb;
  begin
    perform cognito_supabase.require_group(cognito_supabase.support_groups());
    perform cognito_supabase.check_length('email', email, 1, 320), cognito_supabase.check_length('cursor', after, 1, 255);
    if (most between 1 and 200) is not true then
      raise exception using errcode = 'PT400', message = 'a page has 1 to 200 people';
    end if;
    perform cognito_supabase.note_reading('find users', null);
    select coalesce(jsonb_agg(jsonb_build_object(
        'sub', p.sub, 'email', p.email, 'email_verified', p.email_verified, 'status', p.status,
        'enabled', p.enabled, 'groups', p.groups, 'created_at', p.created_at, 'last_active_at', p.last_active_at)
        order by p.sub), '[]')
      into found_users
    from (
      select * from cognito.directory as d
      where d.deleted_at is null
        and (admin_find_users.email is null or lower(d.email) = lower(admin_find_users.email))
        and (after is null or d.sub > after)
      order by d.sub limit most) as p;
    return jsonb_build_object(
      'users', found_users,
      'cursor', case when jsonb_array_length(found_users) = most then found_users -> -1 ->> 'sub' end);
  end
  $$;

create function public.admin_read_user(sub text) returns jsonb
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  as $$
  declare
    person cognito.directory;
    profile public.app_users;
  begin
    perform cognito_supabase.require_group(cognito_supabase.support_groups());
    perform cognito_supabase.check_length('sub', sub, 1, 255);
    select * into person from cognito.directory as d where d.sub = admin_read_user.sub;
    select * into profile from public.app_users as u where u.cognito_sub = admin_read_user.sub;
    if person.sub is null and profile.id is null then
      raise exception using errcode = 'PT404', message = 'nobody with this sub is known';
    end if;
    perform cognito_supabase.note_reading('read user', admin_read_user.sub);
    return jsonb_build_object(
      'sub', admin_read_user.sub,
      'username', person.username, 'email', person.email, 'email_verified', person.email_verified,
      'status', person.status, 'enabled', person.enabled, 'groups', person.groups,
      'created_at', person.created_at, 'last_active_at', person.last_active_at, 'deleted_at', person.deleted_at,
      'profile', case when profile.id is not null then jsonb_build_object(
        'id', profile.id, 'display_name', profile.display_name, 'role', profile.role, 'billing_plan', profile.billing_plan) end,
      'problem', public.sign_in_problem(admin_read_user.sub, array_remove(array[person.email], null)),
      'sign_ins', (
        select coalesce(jsonb_agg(jsonb_build_object('at', s.happened_at, 'client_id', nullif(s.client_id, ''), 'new_device', s.new_device)
          order by s.happened_at desc), '[]')
        from (select * from cognito_supabase.sign_ins as i where i.sub = admin_read_user.sub
              order by i.happened_at desc limit 50) as s),
      'history', (
        select coalesce(jsonb_agg(jsonb_build_object('at', h.changed_at, 'field', h.field, 'before', h.before, 'after', h.after)
          order by h.changed_at desc, h.id desc), '[]')
        from (select * from cognito.directory_history as c where c.sub = admin_read_user.sub
              order by c.changed_at desc, c.id desc limit 50) as h),
      'operations', (
        select coalesce(jsonb_agg(jsonb_build_object('at', o.started_at, 'operation', o.operation, 'group', o.group_name,
          'state', o.state, 'by', o.actor_sub) order by o.started_at desc), '[]')
        from (select * from cognito_supabase.admin_operations as a where a.sub = admin_read_user.sub
              order by a.started_at desc limit 50) as o));
  end
  $$;

revoke execute on function public.admin_find_users(text, text, integer) from public, anon, authenticated, service_role;
revoke execute on function public.admin_read_user(text) from public, anon, authenticated, service_role;
grant execute on function public.admin_find_users(text, text, integer), public.admin_read_user(text) to authenticated;
comment on function public.admin_find_users(text, text, integer) is
  'A page of the directory, by sub: {users, cursor}, all or those with exactly this address. For people of cognito_supabase.support_groups() who have signed in recently.';
comment on function public.admin_read_user(text) is
  'All that is known of a person, for support: directory, profile, what keeps them from signing in, and the last 50 sign-ins, changes and operations. For people of cognito_supabase.support_groups() who have signed in recently.';
