-- Module base, which all other modules need: a schema that no API exposes, the list of installed modules,
-- and checks that several modules use.

create schema cognito_supabase;
revoke all on schema cognito_supabase from public;
comment on schema cognito_supabase is
  'The kit that makes Cognito and Supabase work as one: trust, guard and helpers. Not exposed.';
grant usage on schema cognito_supabase to anon, authenticated, service_role;

create table cognito_supabase.modules (
  name text primary key,
  needs text[] not null,
  found text[] not null default '{}',
  installed_at timestamptz not null default now()
);
alter table cognito_supabase.modules enable row level security;
revoke all on cognito_supabase.modules from anon, authenticated, service_role;
comment on table cognito_supabase.modules is
  'Installed modules of the kit. supabase/modules/manifest.json says what each makes.';
comment on column cognito_supabase.modules.name is 'The module.';
comment on column cognito_supabase.modules.needs is 'Modules that have to be installed before it, and removed after it.';
comment on column cognito_supabase.modules.found is 'Objects of the module that existed before its installation. Its removal leaves them.';
comment on column cognito_supabase.modules.installed_at is 'When its first migration was applied.';

create function cognito_supabase.add_module(name text, needs text[]) returns void
  language plpgsql
  set search_path = pg_catalog, pg_temp
  as $$
  declare
    missing text[] := array(
      select n from unnest(add_module.needs) as n
      where n not in (select m.name from cognito_supabase.modules as m));
  begin
    if missing <> '{}' then
      raise exception using errcode = 'object_not_in_prerequisite_state',
        message = format('the module %s needs %s, which is not installed', add_module.name, array_to_string(missing, ' and ')),
        hint = 'Apply the migrations of those modules first: supabase/modules/manifest.json lists them.';
    end if;
    insert into cognito_supabase.modules as m (name, needs) values (add_module.name, add_module.needs)
    on conflict on constraint modules_pkey do nothing;
    if not found then
      raise exception using errcode = 'duplicate_object',
        message = format('the module %s is installed already', add_module.name);
    end if;
  end
  $$;
revoke execute on function cognito_supabase.add_module(text, text[]) from public;
comment on function cognito_supabase.add_module(text, text[]) is
  'Adds a module to the list. Fails with 55000 and names the missing module if a module that it needs is not installed.';

create function cognito_supabase.remove_module(name text, dropped text[]) returns void
  language plpgsql
  set search_path = pg_catalog, pg_temp
  as $$
  declare
    users text;
  begin
    if not exists (select from cognito_supabase.modules as m where m.name = remove_module.name) then
      raise exception using errcode = 'object_not_in_prerequisite_state',
        message = format('the module %s is not installed', remove_module.name);
    end if;
    select string_agg(m.name, ', ' order by m.name) into users
    from cognito_supabase.modules as m where remove_module.name = any (m.needs);
    if users is not null then
      raise exception using errcode = 'dependent_objects_still_exist',
        message = format('the module %s is needed by: %s', remove_module.name, users),
        hint = 'Remove those modules first.';
    end if;
    -- Postgres refuses to drop an object that a view, a policy or a default uses. It does not check the
    -- bodies of functions.
    select string_agg(p.oid::regprocedure::text, ', ') into users
    from pg_catalog.pg_proc as p
    where exists (
        select from unnest(dropped) as d
        where p.prosrc ~ ('\m' || replace(split_part(d, '(', 1), '.', '\.') || '\M'))
      and format('%s.%s', p.pronamespace::regnamespace, p.proname) not in (
        select split_part(d, '(', 1) from unnest(dropped) as d)
      and p.pronamespace::regnamespace::text not in ('cognito_supabase', 'cognito', 'cognito_audit', 'cognito_analytics');
    if users is not null then
      raise exception using errcode = 'dependent_objects_still_exist',
        message = format('the module %s is used by these functions: %s', remove_module.name, users),
        hint = 'Change or drop those functions first.';
    end if;
    delete from cognito_supabase.modules as m where m.name = remove_module.name;
  end
  $$;
revoke execute on function cognito_supabase.remove_module(text, text[]) from public;
comment on function cognito_supabase.remove_module(text, text[]) is
  'Begins a removal: removes the module from the list. Fails with 2BP01 if another module or a function of the project still uses one of the dropped names. The files in supabase/modules/remove call it.';

insert into cognito_supabase.modules (name, needs) values ('base', '{}');

-- Rules for input of people. A false check constraint says "violates check constraint"; these functions
-- raise an error that names the rule, with its own status. Null passes, as in any check.
create function cognito_supabase.check_length(name text, value text, fewest integer, most integer) returns boolean
  language plpgsql immutable
  set search_path = pg_catalog, pg_temp
  as $$
  declare
    -- Blanks count for the maximum. A text of blanks only counts as empty.
    size integer := char_length(case when char_length(value) > most then value else btrim(value) end);
  begin
    if size not between fewest and most then
      raise exception using errcode = 'PT400',
        message = format('%s has %s to %s characters, not %s', name, fewest, most, size);
    end if;
    return true;
  end
  $$;

create function cognito_supabase.check_one_of(name text, value text, allowed text[]) returns boolean
  language plpgsql immutable
  set search_path = pg_catalog, pg_temp
  as $$
  begin
    if value <> all (allowed) then
      raise exception using errcode = 'PT400',
        message = format('%s is one of %s, not %s', name, array_to_string(allowed, ', '), left(to_json(value)::text, 60));
    end if;
    return true;
  end
  $$;

create function cognito_supabase.check_email(name text, value text) returns boolean
  language plpgsql immutable
  set search_path = pg_catalog, pg_temp
  as $$
  begin
    -- Refuses only texts that are certainly not an address.
    if value !~ '^[^\s@]+@[^\s@]+$' or char_length(value) > 320 then
      raise exception using errcode = 'PT400',
        message = format('%s is an address such as ada@example.com, not %s', name, left(to_json(value)::text, 60));
    end if;
    return true;
  end
  $$;

comment on function cognito_supabase.check_email(text, text) is
  'For check constraints: true if the text could be an email address, PT400 otherwise. A role that writes to the table needs EXECUTE on this function.';
comment on function cognito_supabase.check_length(text, text, integer, integer) is
  'For check constraints: true if the length of the text is within the limits, PT400 with the rule otherwise. A role that writes to the table needs EXECUTE on this function.';
comment on function cognito_supabase.check_one_of(text, text, text[]) is
  'For check constraints and arguments: true if the text is one of these, PT400 with the list otherwise. A role that writes to the table needs EXECUTE on this function.';
revoke execute on function cognito_supabase.check_email(text, text) from public;
revoke execute on function cognito_supabase.check_length(text, text, integer, integer) from public;
revoke execute on function cognito_supabase.check_one_of(text, text, text[]) from public;
grant execute on function cognito_supabase.check_email(text, text) to authenticated, service_role;
grant execute on function cognito_supabase.check_length(text, text, integer, integer) to authenticated, service_role;
grant execute on function cognito_supabase.check_one_of(text, text, text[]) to authenticated, service_role;

create function cognito_supabase.set_updated_at() returns trigger
  language plpgsql
  set search_path = pg_catalog, pg_temp
  as $$
  begin
    new.updated_at := now();
    return new;
  end
  $$;
comment on function cognito_supabase.set_updated_at() is 'Trigger: sets updated_at to the time of the change, whatever was sent.';
revoke execute on function cognito_supabase.set_updated_at() from public;

create function cognito_supabase.refuse(message text, hint text default null) returns void
  language plpgsql
  set search_path = pg_catalog, pg_temp
  as $$
  begin
    raise exception using errcode = 'insufficient_privilege', message = message, hint = coalesce(hint, '');
  end
  $$;
revoke execute on function cognito_supabase.refuse(text, text) from public;
comment on function cognito_supabase.refuse(text, text) is 'Raises 42501, which the Data API answers with 403.';
