-- Stand-in for the Cognito wrapper of supabase/wrappers: same names, same option checks, same table.
-- Reason: the real one is compiled Rust that npm does not have. The handler is that of file_fdw, which
-- reads the rows from a program, so a scan reads the pool page by page, as Wrappers does. Differences: no
-- `import foreign schema`; it reads the local emulator only (endpoint_url).

create function cognito_fdw_handler() returns fdw_handler
  language c strict as '$libdir/file_fdw', 'file_fdw_handler';

-- The checks of Wrappers' own validator (cognito_fdw.rs), and one more: file_fdw's options run programs
-- and read files as the user of Postgres, so only a superuser may set them. The event trigger below sets
-- them in place of Wrappers' options. A server's options contain its program when its owner adds others,
-- so existing ones may stay.
create function cognito_fdw_validator(options text[], catalog oid) returns void
  language plpgsql set search_path = ''
  as $$
  declare
    names text[] := array(select split_part(o, '=', 1) from unnest(options) as o);
    foreign_options text[];
  begin
    if (select r.rolsuper from pg_catalog.pg_roles as r where r.rolname = current_user) then
      return;
    end if;
    if catalog = 'pg_catalog.pg_foreign_server'::regclass then
      foreign_options := array(
        select split_part(o, '=', 1) from unnest(options) as o
        where split_part(o, '=', 1) <> all (array['aws_access_key_id', 'aws_secret_access_key',
            'api_key_id', 'region', 'endpoint_url', 'user_pool_id'])
          and not exists (
            select from pg_catalog.pg_foreign_server as s
            join pg_catalog.pg_foreign_data_wrapper as w on w.oid = s.srvfdw
            where w.fdwname = 'cognito_wrapper' and o = any (s.srvoptions)));
    else
      foreign_options := array(select n from unnest(names) as n where n not in ('object', 'rowid_column'));
    end if;
    if foreign_options <> '{}' then
      raise exception using errcode = 'HV00D',
        message = format('the Cognito wrapper has no option %s here', array_to_string(foreign_options, ', ')),
        hint = 'The options are listed at https://supabase.com/docs/guides/database/extensions/wrappers/cognito.';
    end if;

    if catalog = 'pg_catalog.pg_foreign_server'::regclass then
      if 'program' = any (names) and cardinality(names) = 2 then
        return;
      end if;
      if not ('aws_access_key_id' = any (names)) then
        raise exception using errcode = 'HV000',
          message = 'both `api_key` and `api_secret_key` options must be set';
      end if;
      if ('api_key_id' = any (names)) = ('aws_secret_access_key' = any (names)) then
        raise exception using errcode = 'HV000',
          message = 'exactly one of `aws_secret_access_key` or `api_key_id` options must be set';
      end if;
    elsif catalog = 'pg_catalog.pg_foreign_table'::regclass and not ('object' = any (names)) then
      raise exception using errcode = 'HV000', message = 'required option `object` is not specified';
    end if;
  end
  $$;

create foreign data wrapper cognito_wrapper
  handler cognito_fdw_handler validator cognito_fdw_validator;
grant usage on foreign data wrapper cognito_wrapper to postgres with grant option;

-- Replaces all options of a server or foreign table by file_fdw's. Runs as the superuser who owns the
-- event trigger's function, so the validator passes and the event trigger has nothing more to do.
create function cognito_fdw_set_options(kind text, target text, old_options text[], new_options text)
  returns void
  language plpgsql set search_path = ''
  as $$
  declare
    dropped text := (select string_agg(format('drop %I', split_part(o, '=', 1)), ', ')
                     from unnest(old_options) as o);
  begin
    if dropped is not null then
      execute format('alter %s %s options (%s)', kind, target, dropped);
    end if;
    if new_options <> '' then
      execute format('alter %s %s options (%s)', kind, target, new_options);
    end if;
  end
  $$;

-- Security definer, because it reads the catalogs and alters an object of another role.
create function cognito_fdw_translate() returns event_trigger
  language plpgsql security definer set search_path = ''
  as $$
  declare
    changed record;
    given jsonb;
    endpoint text;
    pool text;
    program text;
  begin
    for changed in
      select s.srvname, s.srvoptions
      from pg_event_trigger_ddl_commands() as c
      join pg_catalog.pg_foreign_server as s
        on c.classid = 'pg_catalog.pg_foreign_server'::regclass and c.objid = s.oid
      join pg_catalog.pg_foreign_data_wrapper as w on w.oid = s.srvfdw
      where w.fdwname = 'cognito_wrapper'
        and exists (select from unnest(s.srvoptions) as o where o like 'aws\_access\_key\_id=%')
    loop
      given := (select jsonb_object_agg(split_part(o, '=', 1), substr(o, strpos(o, '=') + 1))
                from unnest(changed.srvoptions) as o);
      endpoint := coalesce(given ->> 'endpoint_url', '');
      pool := coalesce(given ->> 'user_pool_id', '');
      -- Both become part of a shell command, so only these characters are allowed.
      if endpoint ~ '^http://(127\.0\.0\.1|localhost):[0-9]{1,5}/?$' and pool ~ '^[A-Za-z0-9-]+_[A-Za-z0-9]+$' then
        program := format('../runtime/bin/node ../runtime/bin/cognito-export.mjs %s %s', endpoint, pool);
      else
        program := '../runtime/bin/node ../runtime/bin/cognito-export.mjs';
      end if;
      perform @extschema@.cognito_fdw_set_options(
        'server', quote_ident(changed.srvname), changed.srvoptions,
        format('add program %L, add format %L', program, 'csv'));
    end loop;

    for changed in
      select c.objid::regclass::text as name, t.ftoptions
      from pg_event_trigger_ddl_commands() as c
      join pg_catalog.pg_foreign_table as t
        on c.classid = 'pg_catalog.pg_class'::regclass and c.objid = t.ftrelid
      join pg_catalog.pg_foreign_server as s on s.oid = t.ftserver
      join pg_catalog.pg_foreign_data_wrapper as w on w.oid = s.srvfdw
      where w.fdwname = 'cognito_wrapper' and t.ftoptions is not null
    loop
      perform @extschema@.cognito_fdw_set_options('foreign table', changed.name, changed.ftoptions, '');
    end loop;
  end
  $$;

revoke all on function cognito_fdw_set_options(text, text, text[], text) from public;

create event trigger cognito_fdw_translate on ddl_command_end
  when tag in ('CREATE SERVER', 'ALTER SERVER', 'CREATE FOREIGN TABLE', 'ALTER FOREIGN TABLE')
  execute function cognito_fdw_translate();
