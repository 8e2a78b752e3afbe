-- Module trust: which tokens the database accepts, and what ends that. The platform checks signature and
-- expiry only, so it would accept a token of any app client of the pool, or an ID token. With this module
-- the project names its app clients, and nothing is visible until it does.
--
-- This file: the caller, from the claims of the verified token.

select cognito_supabase.add_module('trust', '{base,audit}');

create function cognito_supabase.current_sub() returns text
  language sql stable
  set search_path = pg_catalog, pg_temp
  return ((select auth.jwt()) ->> 'sub');
comment on function cognito_supabase.current_sub() is
  'The caller''s Cognito sub (claim sub of the verified token); null without a token. For column defaults. Policies contain the expression itself, so that the planner sees it.';
revoke execute on function cognito_supabase.current_sub() from public;
grant execute on function cognito_supabase.current_sub() to authenticated, service_role;

create function cognito_supabase.is_machine() returns boolean
  language sql stable
  set search_path = pg_catalog, pg_temp
  as $$ select auth.jwt() ->> 'sub' is not distinct from auth.jwt() ->> 'client_id' $$;
comment on function cognito_supabase.is_machine() is
  'Whether the caller''s token is from client credentials: its sub is its client_id.';
revoke execute on function cognito_supabase.is_machine() from public;
grant execute on function cognito_supabase.is_machine() to authenticated;

create function cognito_supabase.uid() returns uuid
  language plpgsql stable
  set search_path = pg_catalog, pg_temp
  as $$
  declare
    own_sub text := nullif(auth.jwt() ->> 'sub', '');
    hash bytea;
  begin
    if own_sub ~ '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$' or own_sub is null then
      return own_sub::uuid;
    end if;
    -- Version 8 (RFC 9562) is for the application. Cognito's own subs have other versions, so no person
    -- has such a UUID as sub.
    hash := substr(sha256(convert_to(concat_ws(' ', auth.jwt() ->> 'iss', own_sub), 'UTF8')), 1, 16);
    hash := set_byte(hash, 6, (get_byte(hash, 6) & 15) | 128);
    hash := set_byte(hash, 8, (get_byte(hash, 8) & 63) | 128);
    return encode(hash, 'hex')::uuid;
  end
  $$;
comment on function cognito_supabase.uid() is
  'The caller as a UUID; null without a token. It is the sub if that is a UUID (every person of a user pool, federated ones too). Otherwise (machines) it is a UUID of version 8, computed from issuer and sub, always the same. For policies in place of auth.uid(), which raises 22P02 for such a sub.';
revoke execute on function cognito_supabase.uid() from public;
-- Policies for all roles may call it too.
grant execute on function cognito_supabase.uid() to anon, authenticated, service_role;
