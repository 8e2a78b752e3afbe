-- Guards new tables, by choice: an event trigger calls protect() for each table that is created in schema
-- public.

create function cognito_supabase.protect_created() returns event_trigger
  language plpgsql
  set search_path = pg_catalog, pg_temp
  as $$
  declare
    made record;
  begin
    for made in
      select c.objid::regclass as name from pg_event_trigger_ddl_commands() as c
      where c.object_type = 'table' and c.schema_name = 'public' and not c.in_extension
    loop
      perform cognito_supabase.protect(made.name);
    end loop;
  end
  $$;
revoke execute on function cognito_supabase.protect_created() from public;
comment on function cognito_supabase.protect_created() is
  'Event trigger: guards each table that is created in schema public.';

create function cognito_supabase.protect_new_tables(wanted boolean default true) returns text
  language plpgsql
  set search_path = pg_catalog, pg_temp
  as $$
  begin
    drop event trigger if exists cognito_supabase_protect_new_tables;
    if not wanted then
      return 'new tables of schema public are not guarded by themselves';
    end if;
    create event trigger cognito_supabase_protect_new_tables on ddl_command_end
      when tag in ('CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO')
      execute function cognito_supabase.protect_created();
    return 'new tables of schema public are guarded from now on; cognito_supabase.unguarded lists the old ones';
  exception when insufficient_privilege then
    raise exception using errcode = 'insufficient_privilege',
      message = format('the role %s may not make event triggers on this server', current_user),
      hint = 'On the Supabase platform postgres may. Elsewhere call it as a superuser.';
  end
  $$;
revoke execute on function cognito_supabase.protect_new_tables(boolean) from public;
comment on function cognito_supabase.protect_new_tables(boolean) is
  'Switches on (true) or off (false) the event trigger that guards each new table of schema public. A role that creates tables there needs EXECUTE on protect() and protect_created().';
