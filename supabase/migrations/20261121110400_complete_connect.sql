-- cognito.connect(), completed: it says what is missing without Vault or the wrapper, and takes away a
-- secret that somebody has put into the catalog by hand.

create or replace function cognito.connect() returns text
  language plpgsql
  set search_path = ''
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
        hint = 'create extension wrappers with schema extensions, then apply the migration create_cognito_users again';
    end if;
    select array(select split_part(o, '=', 1) from unnest(f.srvoptions) as o) into options
    from pg_catalog.pg_foreign_server as f
    where f.srvname = 'cognito_server'
      and f.srvfdw = (select w.oid from pg_catalog.pg_foreign_data_wrapper as w where w.fdwname = 'cognito_wrapper');
    if options is null then
      raise exception using errcode = 'object_not_in_prerequisite_state',
        message = 'the server cognito_server is missing, or of another wrapper',
        hint = 'Apply the migration create_cognito_users again: it makes server and table.';
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
  'Points cognito.users at the pool that the Vault secrets cognito_access_key_id, cognito_secret_access_key, cognito_region, cognito_user_pool_id and (emulator only) cognito_endpoint_url name. To change one: new secret, `supabase migration up`, connect again. Fails and names what is missing.';
revoke execute on function cognito.connect() from public;
