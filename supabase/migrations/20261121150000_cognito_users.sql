-- Module cognito-users: cognito.users, the Cognito user pool as a table, by Supabase's Wrappers. Each
-- scan reads Cognito, page by page. Until cognito.connect() has run, a scan fails.
-- https://supabase.com/docs/guides/database/extensions/wrappers/cognito

select cognito_supabase.add_module('cognito-users', '{base}');

-- Supabase's guide creates schema, wrapper and table with the same names. If they exist, the module uses
-- them, and its removal leaves them.
update cognito_supabase.modules as m
set found = array(
  select f.name from (values
    ('schema cognito', to_regnamespace('cognito') is not null),
    ('cognito.users', to_regclass('cognito.users') is not null),
    ('server cognito_server', exists (select from pg_catalog.pg_foreign_server where srvname = 'cognito_server')),
    ('cognito_wrapper', exists (select from pg_catalog.pg_foreign_data_wrapper where fdwname = 'cognito_wrapper')),
    ('extension wrappers', exists (select from pg_catalog.pg_extension where extname = 'wrappers'))
  ) as f (name, there) where f.there)
where m.name = 'cognito-users';

create schema if not exists cognito;
revoke all on schema cognito from public;
comment on schema cognito is
  'The Cognito user pool, as SQL. Foreign tables have no row-level security, so no API role has access.';

create extension if not exists wrappers with schema extensions;

do $$
begin
  if not exists (select from pg_catalog.pg_foreign_data_wrapper where fdwname = 'cognito_wrapper') then
    create foreign data wrapper cognito_wrapper
      handler extensions.cognito_fdw_handler
      validator extensions.cognito_fdw_validator;
  end if;
end
$$;

-- A function, so that connect() can make dropped objects again.
create function cognito.create_users() returns void
  language plpgsql
  set search_path = pg_catalog, pg_temp
  as $$
  begin
    -- Wrappers requires credentials when a server is created, and this file must not contain any. These
    -- are placeholders. cognito.connect() sets the real ones.
    create server if not exists cognito_server
      foreign data wrapper cognito_wrapper
      options (
        aws_access_key_id 'not-connected',
        api_key_id '00000000-0000-0000-0000-000000000000',
        region 'not-connected',
        user_pool_id 'not-connected'
      );
    comment on server cognito_server is 'The Cognito user pool. Its options are set by cognito.connect().';

    -- The same columns as with Wrappers' own `import foreign schema`.
    create foreign table if not exists cognito.users (
      username text,
      email text,
      status text,
      enabled boolean,
      created_at timestamp,
      updated_at timestamp,
      attributes jsonb
    )
    server cognito_server
    options (object 'users');

    comment on foreign table cognito.users is
      'Every user of the pool, live: a scan reads the whole pool from Cognito, 60 users a call, whatever the where clause.';
    comment on column cognito.users.username is 'Username in the pool; with email sign-in, the sub.';
    comment on column cognito.users.email is 'Attribute email.';
    comment on column cognito.users.status is 'UNCONFIRMED, CONFIRMED, FORCE_CHANGE_PASSWORD, RESET_REQUIRED, EXTERNAL_PROVIDER or UNKNOWN.';
    comment on column cognito.users.enabled is 'False where an administrator has disabled the user.';
    comment on column cognito.users.created_at is 'Sign-up, in UTC.';
    comment on column cognito.users.updated_at is 'Last change of the user, in UTC.';
    comment on column cognito.users.attributes is
      'A JSON array of objects with one key each, [{"sub": "…"}, {"email": "…"}]: not one object.';

    -- Foreign tables have no row-level security, so grants are the only protection.
    revoke all on cognito.users from anon, authenticated, service_role;
  end
  $$;
revoke execute on function cognito.create_users() from public;
comment on function cognito.create_users() is 'Makes the server and cognito.users if they are missing. cognito.connect() calls it.';
select cognito.create_users();

create function cognito.connect() returns text
  language plpgsql
  set search_path = pg_catalog, pg_temp
  as $$
  declare
    -- Option of the server → its secret in Vault. api_key_id takes the secret's id, not its value,
    -- so that the key itself stays in Vault.
    wanted constant jsonb := '{
      "aws_access_key_id": "cognito_access_key_id",
      "api_key_id": "cognito_secret_access_key",
      "region": "cognito_region",
      "user_pool_id": "cognito_user_pool_id",
      "endpoint_url": "cognito_endpoint_url"
    }';
    option text;
    secret_name text;
    found record;
    present boolean;
    options text[];
    changes text[] := '{}';
    missing text[] := '{}';
    pool text;
  begin
    if to_regclass('vault.decrypted_secrets') is null then
      raise exception using errcode = 'object_not_in_prerequisite_state',
        message = 'Vault is not installed, and the credentials of cognito.users are kept in it',
        hint = 'create extension supabase_vault with schema vault';
    end if;
    if not exists (select from pg_catalog.pg_foreign_data_wrapper where fdwname = 'cognito_wrapper') then
      raise exception using errcode = 'object_not_in_prerequisite_state',
        message = 'the Cognito wrapper is not installed, and cognito.users is read through it',
        hint = 'create extension wrappers with schema extensions; create foreign data wrapper cognito_wrapper handler extensions.cognito_fdw_handler validator extensions.cognito_fdw_validator; then connect again';
    end if;
    perform cognito.create_users();
    select array(select split_part(o, '=', 1) from unnest(f.srvoptions) as o) into options
    from pg_catalog.pg_foreign_server as f
    where f.srvname = 'cognito_server'
      and f.srvfdw = (select w.oid from pg_catalog.pg_foreign_data_wrapper as w where w.fdwname = 'cognito_wrapper');
    if options is null then
      raise exception using errcode = 'object_not_in_prerequisite_state',
        message = 'the server cognito_server belongs to another wrapper',
        hint = 'drop server cognito_server cascade; then connect again, which makes it and cognito.users.';
    end if;

    if not exists (
      select from pg_catalog.pg_foreign_table as t join pg_catalog.pg_foreign_server as f on f.oid = t.ftserver
      where t.ftrelid = 'cognito.users'::regclass and f.srvname = 'cognito_server') then
      raise exception using errcode = 'object_not_in_prerequisite_state',
        message = 'cognito.users belongs to another server than cognito_server, whose options this function sets',
        hint = 'drop foreign table cognito.users; then connect again, which makes it.';
    end if;

    for option, secret_name in select * from jsonb_each_text(wanted) loop
      select s.id, nullif(s.decrypted_secret, '') as value into found
      from vault.decrypted_secrets as s where s.name = secret_name;
      present := option = any (options);
      if found.value is not null then
        changes := changes || format('%s %I %L', case when present then 'set' else 'add' end, option,
          case when option = 'api_key_id' then found.id::text else found.value end);
      elsif option <> 'endpoint_url' then
        missing := missing || secret_name;
      elsif present then
        changes := changes || format('drop %I', option);
      end if;
      if option = 'user_pool_id' then
        pool := found.value;
      end if;
    end loop;
    -- Every role can read a server's options.
    if 'aws_secret_access_key' = any (options) then
      changes := changes || 'drop aws_secret_access_key'::text;
    end if;

    if missing <> '{}' then
      raise exception using errcode = 'object_not_in_prerequisite_state',
        message = format('not in Vault: %s', array_to_string(missing, ', ')),
        hint = 'Set the variables that [db.vault] in supabase/config.toml names and run `supabase migration up`, or call vault.create_secret(value, name) for each.';
    end if;

    execute format('alter server cognito_server options (%s)', array_to_string(changes, ', '));
    return format('cognito.users reads user pool %s', pool);
  end
  $$;
comment on function cognito.connect() is
  'Connects cognito.users to a user pool by the Vault secrets cognito_access_key_id, cognito_secret_access_key, cognito_region, cognito_user_pool_id and (emulator only) cognito_endpoint_url. After a change of a secret, call it again. Fails and names a missing secret.';
revoke execute on function cognito.connect() from public;
