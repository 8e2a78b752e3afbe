-- Trust: which tokens the database believes. The platform checks signature and expiry only, so a token
-- of any app client of the pool, or an ID token, would pass. Here the project says which it means, and
-- nothing is visible until it has.

create table private.trusted_clients (
  issuer text not null,
  client_id text not null,
  kind text not null default 'people',
  token_use text[] not null default '{access}',
  app_role text,
  primary key (client_id, issuer),
  constraint trusted_clients_kind check (private.check_one_of('kind', kind, '{people,machine}')),
  constraint trusted_clients_token_use check (token_use <@ '{access,id}' and token_use <> '{}'),
  -- There is no ID token without a person, and a person's role is in their profile.
  constraint trusted_clients_machine check (
    case kind when 'machine' then token_use = '{access}' else app_role is null end
  ),
  constraint trusted_clients_app_role check (private.check_one_of('app_role', app_role, '{user,support,admin}'))
);
alter table private.trusted_clients enable row level security;
comment on table private.trusted_clients is 'App clients whose tokens are believed. Set by private.set_trust().';
comment on column private.trusted_clients.issuer is 'Claim iss, exactly: https://cognito-idp.REGION.amazonaws.com/POOL.';
comment on column private.trusted_clients.client_id is 'Claim client_id of an access token, aud of an ID token.';
comment on column private.trusted_clients.kind is 'people, or machine: client credentials, where nobody has signed in.';
comment on column private.trusted_clients.token_use is 'Which of its tokens count: access, id.';
comment on column private.trusted_clients.app_role is 'Application role of a machine. People have theirs in app_users.';

create table private.revoked_sessions (
  origin_jti text primary key,
  revoked_at timestamptz not null default now(),
  expires_at timestamptz not null
);
alter table private.revoked_sessions enable row level security;
comment on table private.revoked_sessions is 'Sessions that were ended, by the claim origin_jti that all their tokens share.';
comment on column private.revoked_sessions.origin_jti is 'Claim origin_jti.';
comment on column private.revoked_sessions.revoked_at is 'When.';
comment on column private.revoked_sessions.expires_at is 'When the row may be swept: its refresh token is dead by then.';
create index revoked_sessions_expires_at_idx on private.revoked_sessions (expires_at);

create table private.revoked_users (
  sub text primary key,
  revoked_at timestamptz not null default now(),
  expires_at timestamptz not null
);
alter table private.revoked_users enable row level security;
comment on table private.revoked_users is 'People who were signed out everywhere: sessions that began before are ended.';
comment on column private.revoked_users.sub is 'Claim sub.';
comment on column private.revoked_users.revoked_at is 'Sessions that began (auth_time) up to this second are ended.';
comment on column private.revoked_users.expires_at is 'When the row may be swept.';
create index revoked_users_expires_at_idx on private.revoked_users (expires_at);

create trigger audit after insert or update or delete on private.trusted_clients
  for each row execute function audit.record('issuer,client_id', 'kind,token_use,app_role');
create trigger audit after insert or update or delete on private.revoked_sessions
  for each row execute function audit.record('origin_jti', 'revoked_at');
-- Not the sweep: that a revocation has run out is no news, and would name whoever was forgotten since.
create trigger audit after insert or update on private.revoked_users
  for each row execute function audit.record('sub', 'revoked_at');
create trigger audit_delete after delete on private.revoked_users
  for each row when (old.expires_at >= now()) execute function audit.record('sub', 'revoked_at');

-- What makes somebody a person the application knows, and what ends that.
alter table public.app_users
  add column billing_plan text not null default 'free',
  add column role text not null default 'user',
  add column disabled_at timestamptz,
  add constraint app_users_billing_plan check (private.check_one_of('billing_plan', billing_plan, '{free,pro,enterprise}')),
  add constraint app_users_role check (private.check_one_of('role', role, '{user,support,admin}'));
comment on column public.app_users.billing_plan is 'free, pro or enterprise. Written by the service.';
comment on column public.app_users.role is 'Application role: user, support or admin. Written by the service.';
comment on column public.app_users.disabled_at is 'Since when the person may do nothing; null for everybody else. Written by the service.';
create trigger audit after insert or update or delete on public.app_users
  for each row execute function audit.record('id,cognito_sub', 'cognito_sub,billing_plan,role,disabled_at');

create function private.session_began(claims jsonb) returns timestamptz
  language sql stable
  set search_path = ''
  as $$
    -- Seconds, as Cognito gives them. What is none, or lies ahead, says nothing: long ago, then.
    select to_timestamp(case
      when jsonb_typeof(claims -> 'auth_time') = 'number'
           and (claims ->> 'auth_time')::numeric between 0 and extract(epoch from now()) + 300
      then floor((claims ->> 'auth_time')::numeric)::float8
      else 0 end)
  $$;
revoke execute on function private.session_began(jsonb) from public;
comment on function private.session_began(jsonb) is 'When the session of a token began, by its claim auth_time.';

-- Security definer: callers may not read the settings. One query reads all that decides.
create function private.trust_problem(
  claims jsonb, out code text, out message text, out hint text
)
  language plpgsql stable security definer
  set search_path = ''
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
    select c.kind, c.token_use, s.origin_jti is not null, u.revoked_at, p.disabled_at
      into client_kind, accepted, session_ended, signed_out_at, disabled_since
    from (select) as one
    left join private.trusted_clients as c on c.client_id = client and c.issuer = own_issuer
    left join private.revoked_sessions as s on s.origin_jti = claims ->> 'origin_jti'
    left join private.revoked_users as u on u.sub = own_sub
    left join public.app_users as p on p.cognito_sub = own_sub;

    -- A profile made ahead of the first sign-in is called pending:address.
    if coalesce(own_sub, '') = '' or jsonb_typeof(claims -> 'sub') <> 'string'
       or length(own_sub) > 255 or own_sub like 'pending:%' then
      code := 'PT403';
      message := 'there is no token, or its claim sub names no person';
      hint := 'Sign in, and send the access token.';
    elsif client_kind is null then
      code := 'PT403';
      select r.message, r.hint into message, hint from private.unknown_client(own_issuer) as r;
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
    elsif signed_out_at is not null and private.session_began(claims) <= signed_out_at then
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

create function private.unknown_client(issuer text, out message text, out hint text)
  language plpgsql stable security definer
  set search_path = ''
  as $$
  begin
    if not exists (select from private.trusted_clients) then
      message := 'this database trusts no app client yet';
      hint := 'As postgres: select private.set_trust(''[{"issuer": "…", "client_id": "…"}]'')';
    elsif not exists (select from private.trusted_clients as c where c.issuer = unknown_client.issuer) then
      message := 'the token is of another issuer';
      hint := 'Trusted issuers are in private.trusted_clients.';
    else
      message := 'the token is of an app client that is not trusted';
      hint := 'Add the client with private.set_trust() if it is meant to be used.';
    end if;
  end
  $$;

create function private.explain_trust(claims jsonb) returns text
  language sql stable
  set search_path = ''
  as $$
    select coalesce(p.message || '. ' || p.hint, 'trusted') from private.trust_problem(claims) as p
  $$;

revoke execute on function private.trust_problem(jsonb) from public;
revoke execute on function private.unknown_client(text) from public;
revoke execute on function private.explain_trust(jsonb) from public;
comment on function private.trust_problem(jsonb) is
  'Why a claims document is not trusted: SQLSTATE, message and hint. All null where it is trusted.';
comment on function private.unknown_client(text) is
  'Why no trusted app client was found for a token of this issuer.';
comment on function private.explain_trust(jsonb) is
  'The same as a sentence, for people: select private.explain_trust(''{"iss": …}'').';
