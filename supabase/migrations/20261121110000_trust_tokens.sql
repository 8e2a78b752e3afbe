-- Module trust: which tokens the database believes, and what ends that. The platform checks signature
-- and expiry only, so a token of any app client of the pool, or an ID token, would pass. Here the project
-- says which ones it means, and nothing is visible until it has.
--
-- This file: who is calling, by the claims of the verified token.

select cognito_supabase.add_module('trust', '{base,audit}');

create function cognito_supabase.current_sub() returns text
  language sql stable
  set search_path = pg_catalog, pg_temp
  return ((select auth.jwt()) ->> 'sub');
comment on function cognito_supabase.current_sub() is
  'The caller''s Cognito sub (claim sub of the verified token); null without a token. For column defaults. Policies spell the expression out, so that the planner sees it.';
revoke execute on function cognito_supabase.current_sub() from public;
grant execute on function cognito_supabase.current_sub() to authenticated, service_role;

create function cognito_supabase.is_machine() returns boolean
  language sql stable
  set search_path = pg_catalog, pg_temp
  as $$ select auth.jwt() ->> 'sub' is not distinct from auth.jwt() ->> 'client_id' $$;
comment on function cognito_supabase.is_machine() is
  'Whether the caller''s token is one of client credentials: Cognito gives it the client_id as its sub.';
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
    -- Version 8 (RFC 9562) is for what the application makes. Cognito's own subs have other versions, so
    -- no such UUID is anybody's sub.
    hash := substr(sha256(convert_to(concat_ws(' ', auth.jwt() ->> 'iss', own_sub), 'UTF8')), 1, 16);
    hash := set_byte(hash, 6, (get_byte(hash, 6) & 15) | 128);
    hash := set_byte(hash, 8, (get_byte(hash, 8) & 63) | 128);
    return encode(hash, 'hex')::uuid;
  end
  $$;
comment on function cognito_supabase.uid() is
  'The caller as a UUID; null without a token. It is the sub where that is a UUID (every person of a user pool, federated ones too). Otherwise (machines) it is a UUID of version 8 made of issuer and sub: the same at each call. For policies in place of auth.uid(), which raises 22P02 at such a sub.';
revoke execute on function cognito_supabase.uid() from public;
-- Policies for everybody may call it as well.
grant execute on function cognito_supabase.uid() to anon, authenticated, service_role;
