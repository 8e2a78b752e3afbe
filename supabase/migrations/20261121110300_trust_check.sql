-- Whether a token is trusted, and why not.

create function cognito_supabase.session_began(claims jsonb) returns timestamptz
  language sql stable
  set search_path = pg_catalog, pg_temp
  as $$
    -- In seconds, as in Cognito's tokens. A missing or future time counts as long ago.
    select to_timestamp(case
      when jsonb_typeof(claims -> 'auth_time') = 'number'
           and (claims ->> 'auth_time')::numeric between 0 and extract(epoch from now()) + 300
      then floor((claims ->> 'auth_time')::numeric)::float8
      else 0 end)
  $$;
revoke execute on function cognito_supabase.session_began(jsonb) from public;
comment on function cognito_supabase.session_began(jsonb) is 'When the session of a token began, by its claim auth_time.';

-- Security definer, because callers may not read the settings. One query reads everything.
create function cognito_supabase.trust_problem(
  claims jsonb, out code text, out message text, out hint text
)
  language plpgsql stable security definer
  set search_path = pg_catalog, pg_temp
  as $$
  declare
    own_sub text := claims ->> 'sub';
    used_as text := claims ->> 'token_use';
    own_issuer text := claims ->> 'iss';
    client text := case used_as when 'id' then claims ->> 'aud' else claims ->> 'client_id' end;
    of_machine boolean := own_sub is not distinct from claims ->> 'client_id';
    client_kind text;
    accepted text[];
    session_ended boolean;
    signed_out_at timestamptz;
    disabled_since timestamptz;
  begin
    select c.kind, c.token_use, s.origin_jti is not null, u.revoked_at, d.disabled_at
      into client_kind, accepted, session_ended, signed_out_at, disabled_since
    from (select) as one
    left join cognito_supabase.trusted_clients as c on c.client_id = client and c.issuer = own_issuer
    left join cognito_supabase.revoked_sessions as s on s.origin_jti = claims ->> 'origin_jti'
    left join cognito_supabase.revoked_users as u on u.sub = own_sub
    left join cognito_supabase.disabled_users as d on d.sub = own_sub;

    -- A profile that was made before the first sign-in has the sub pending:address.
    if coalesce(own_sub, '') = '' or jsonb_typeof(claims -> 'sub') <> 'string'
       or length(own_sub) > 255 or own_sub like 'pending:%' then
      code := 'PT403';
      message := 'there is no token, or its claim sub names no person';
      hint := 'Sign in, and send the access token.';
    elsif client_kind is null then
      code := 'PT403';
      select r.message, r.hint into message, hint from cognito_supabase.unknown_client(own_issuer) as r;
    elsif (used_as = any (accepted)) is not true then
      code := 'PT403';
      message := format('a token with token_use %s is not accepted of this app client', coalesce(used_as, 'missing'));
      hint := format('Send its %s token.', array_to_string(accepted, ' or '));
    elsif client_kind = 'machine' and not of_machine then
      code := 'PT403';
      message := 'a person''s token of an app client that is for machines';
      hint := 'People sign in with an app client of kind people.';
    elsif client_kind = 'people' and of_machine then
      code := 'PT403';
      message := 'a machine''s token of an app client that is for people';
      hint := 'Give the machine an app client of its own, of kind machine.';
    elsif session_ended then
      code := 'PT401';
      message := 'the session was ended';
      hint := 'Sign in again.';
    elsif signed_out_at is not null and cognito_supabase.session_began(claims) <= signed_out_at then
      code := 'PT401';
      message := 'the person was signed out everywhere';
      hint := 'Sign in again.';
    elsif disabled_since is not null then
      code := 'PT403';
      message := 'the person is disabled';
      hint := 'An administrator can enable the person again.';
    end if;
  end
  $$;

create function cognito_supabase.unknown_client(issuer text, out message text, out hint text)
  language plpgsql stable security definer
  set search_path = pg_catalog, pg_temp
  as $$
  begin
    if not exists (select from cognito_supabase.trusted_clients) then
      message := 'this database trusts no app client yet';
      hint := 'As postgres: select cognito_supabase.set_trust(''[{"issuer": "…", "client_id": "…"}]'')';
    elsif not exists (select from cognito_supabase.trusted_clients as c where c.issuer = unknown_client.issuer) then
      message := 'the token is of another issuer';
      hint := 'Trusted issuers are in cognito_supabase.trusted_clients.';
    else
      message := 'the token is of an app client that is not trusted';
      hint := 'Add the client with cognito_supabase.set_trust() if it is meant to be used.';
    end if;
  end
  $$;

create function cognito_supabase.explain_trust(claims jsonb) returns text
  language sql stable
  set search_path = pg_catalog, pg_temp
  as $$
    select coalesce(p.message || '. ' || p.hint, 'trusted') from cognito_supabase.trust_problem(claims) as p
  $$;

revoke execute on function cognito_supabase.trust_problem(jsonb) from public;
revoke execute on function cognito_supabase.unknown_client(text) from public;
revoke execute on function cognito_supabase.explain_trust(jsonb) from public;
comment on function cognito_supabase.trust_problem(jsonb) is
  'Why a claims document is not trusted: SQLSTATE, message and hint. All null if it is trusted.';
comment on function cognito_supabase.unknown_client(text) is
  'Why no trusted app client was found for a token of this issuer.';
comment on function cognito_supabase.explain_trust(jsonb) is
  'The same as a sentence: select cognito_supabase.explain_trust(''{"iss": …}'').';
