-- Settings of trust: the app clients whose tokens are accepted, and the check of these settings.

create table cognito_supabase.trusted_clients (
  issuer text not null,
  client_id text not null,
  kind text not null default 'people',
  token_use text[] not null default '{access}',
  app_role text,
  primary key (client_id, issuer),
  constraint trusted_clients_kind check (cognito_supabase.check_one_of('kind', kind, '{people,machine}')),
  constraint trusted_clients_token_use check (token_use <@ '{access,id}' and token_use <> '{}'),
  -- A machine has no ID token, and a person's role is in their profile.
  constraint trusted_clients_machine check (
    case kind when 'machine' then token_use = '{access}' else app_role is null end
  ),
  constraint trusted_clients_app_role check (cognito_supabase.check_one_of('app_role', app_role, '{user,support,admin}'))
);
alter table cognito_supabase.trusted_clients enable row level security;
comment on table cognito_supabase.trusted_clients is 'App clients whose tokens are accepted. Set by cognito_supabase.set_trust().';
comment on column cognito_supabase.trusted_clients.issuer is 'Claim iss, exactly: https://cognito-idp.REGION.amazonaws.com/POOL.';
comment on column cognito_supabase.trusted_clients.client_id is 'Claim client_id of an access token, aud of an ID token.';
comment on column cognito_supabase.trusted_clients.kind is 'people, or machine for client credentials, without a signed-in person.';
comment on column cognito_supabase.trusted_clients.token_use is 'Which of its tokens are accepted: access, id.';
comment on column cognito_supabase.trusted_clients.app_role is 'Application role of a machine. People have theirs in their profile.';

create trigger audit after insert or update or delete on cognito_supabase.trusted_clients
  for each row execute function cognito_audit.record('issuer,client_id', 'kind,token_use,app_role');

create function cognito_supabase.trust_settings_problem(clients jsonb) returns text
  language plpgsql immutable
  set search_path = pg_catalog, pg_temp
  as $$
  declare
    client jsonb;
    unknown text;
  begin
    if jsonb_typeof(clients) is distinct from 'array' then
      return 'set_trust wants a JSON array of app clients';
    end if;
    for client in select jsonb_array_elements(clients) loop
      if jsonb_typeof(client) <> 'object' then
        return format('set_trust wants objects in the array, not %s', client);
      end if;
      select string_agg(k, ', ') into unknown from jsonb_object_keys(client) as k
      where k not in ('issuer', 'client_id', 'kind', 'token_use', 'app_role');
      if unknown is not null then
        return format('set_trust does not know: %s', unknown);
      end if;
      if coalesce(client ->> 'issuer', '') = '' or coalesce(client ->> 'client_id', '') = '' then
        return 'set_trust wants issuer and client_id of each app client';
      end if;
      -- Compared as a whole, so that "access" in place of ["access"] is reported too.
      if client ? 'token_use' and (client -> 'token_use' not in ('["access"]', '["id"]', '["access", "id"]', '["id", "access"]')) then
        return format('token_use is ["access"], ["id"] or both, not %s', client -> 'token_use');
      end if;
      if client ->> 'kind' = 'machine' and client -> 'token_use' ? 'id' then
        return 'a machine has no ID token: its token_use is ["access"]';
      end if;
      if client ->> 'kind' is distinct from 'machine' and client ->> 'app_role' is not null then
        return 'app_role is for machines: people have theirs in their profile';
      end if;
    end loop;
    if (select count(*) <> count(distinct (c ->> 'issuer', c ->> 'client_id')) from jsonb_array_elements(clients) as c) then
      return 'set_trust wants each app client once';
    end if;
    return null;
  end
  $$;

create function cognito_supabase.set_trust(clients jsonb) returns integer
  language plpgsql
  set search_path = pg_catalog, pg_temp
  as $$
  declare
    problem text := cognito_supabase.trust_settings_problem(clients);
    trusted integer;
  begin
    if problem is not null then
      raise exception using errcode = 'PT400', message = problem,
        hint = '[{"issuer": "…", "client_id": "…", "kind": "people", "token_use": ["access"], "app_role": null}]';
    end if;
    with wanted as (
      select c ->> 'issuer' as issuer, c ->> 'client_id' as client_id,
             coalesce(c ->> 'kind', 'people') as kind,
             case when c ? 'token_use' then array(select jsonb_array_elements_text(c -> 'token_use'))
                  else '{access}' end as token_use,
             c ->> 'app_role' as app_role
      from jsonb_array_elements(clients) as c
    ), gone as (
      delete from cognito_supabase.trusted_clients as t
      where not exists (
        select from wanted as w where w.issuer = t.issuer and w.client_id = t.client_id)
    )
    insert into cognito_supabase.trusted_clients as t (issuer, client_id, kind, token_use, app_role)
      select issuer, client_id, kind, token_use, app_role from wanted
    on conflict (client_id, issuer) do update
      set kind = excluded.kind, token_use = excluded.token_use, app_role = excluded.app_role;
    get diagnostics trusted = row_count;
    return trusted;
  end
  $$;

revoke execute on function cognito_supabase.trust_settings_problem(jsonb) from public;
revoke execute on function cognito_supabase.set_trust(jsonb) from public;
comment on function cognito_supabase.trust_settings_problem(jsonb) is 'The problem of settings for set_trust(); null if there is none.';
comment on function cognito_supabase.set_trust(jsonb) is
  'Replaces the settings: [{"issuer", "client_id", "kind": "people" or "machine", "token_use": ["access"], "app_role"}]. Returns how many app clients are trusted. With an empty array no token of a person or a machine is accepted.';
