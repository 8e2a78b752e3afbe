-- Module accounts: what the pool's triggers and an administrator's API keep. This file: who may not sign
-- in, and who has signed in.

select cognito_supabase.add_module('accounts', '{profiles,directory}');

create table cognito_supabase.blocked_addresses (
  address text primary key,
  reason text,
  blocked_at timestamptz not null default now(),
  until timestamptz,
  constraint blocked_addresses_address check (
    address = lower(address) and address ~ '^[^\s@]*@[^\s@]+$|^\+[0-9]{2,15}$' and char_length(address) <= 320)
);
alter table cognito_supabase.blocked_addresses enable row level security;
revoke all on cognito_supabase.blocked_addresses from anon, authenticated, service_role;
comment on table cognito_supabase.blocked_addresses is 'Addresses that may not sign in. People are in cognito_supabase.disabled_users.';
comment on column cognito_supabase.blocked_addresses.address is 'Address in lower case, a whole domain as @example.com, or a telephone number as +4930123456.';
comment on column cognito_supabase.blocked_addresses.reason is 'For administrators. Nobody else sees it.';
comment on column cognito_supabase.blocked_addresses.blocked_at is 'Since when.';
comment on column cognito_supabase.blocked_addresses.until is 'Until when; null without end.';
-- The address is not audited, because the audit contains no addresses.
create trigger audit after insert or update or delete on cognito_supabase.blocked_addresses
  for each row execute function cognito_audit.record('blocked_at', 'until');

create function public.block_address(address text, reason text default null, until timestamptz default null) returns void
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  as $$
  declare
    wanted text := lower(trim(block_address.address));
  begin
    if (wanted ~ '^[^\s@]*@[^\s@]+$|^\+[0-9]{2,15}$' and char_length(wanted) <= 320) is not true then
      raise exception using errcode = 'PT400', message = 'block_address needs an address',
        hint = 'As ada@example.com, @example.com for a whole domain, or +4930123456.';
    end if;
    perform cognito_supabase.check_length('reason', reason, 1, 500);
    insert into cognito_supabase.blocked_addresses as b (address, reason, until)
      values (wanted, block_address.reason, block_address.until)
    on conflict on constraint blocked_addresses_pkey do update set reason = excluded.reason, until = excluded.until;
  end
  $$;

create function public.unblock_address(address text) returns void
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  as $$
  begin
    delete from cognito_supabase.blocked_addresses as b where b.address = lower(trim(unblock_address.address));
  end
  $$;

create function public.sign_in_problem(sub text, addresses text[] default '{}') returns text
  language sql stable security definer
  set search_path = pg_catalog, pg_temp
  as $$
    select case
      when cognito_supabase.is_disabled(sign_in_problem.sub) then 'disabled'
      when exists (
        select from unnest(addresses) as a
        join cognito_supabase.blocked_addresses as b
          on b.address in (lower(a), '@' || split_part(lower(a), '@', 2))
        where b.until is null or b.until > now()) then 'blocked'
    end
  $$;

create table cognito_supabase.sign_ins (
  sub text not null,
  happened_at timestamptz not null,
  client_id text not null default '',
  new_device boolean,
  primary key (sub, happened_at, client_id)
);
alter table cognito_supabase.sign_ins enable row level security;
revoke all on cognito_supabase.sign_ins from anon, authenticated, service_role;
comment on table cognito_supabase.sign_ins is 'Sign-ins of the last 90 days, as the post-authentication trigger reports them.';
comment on column cognito_supabase.sign_ins.sub is 'The person.';
comment on column cognito_supabase.sign_ins.happened_at is 'When.';
comment on column cognito_supabase.sign_ins.client_id is 'App client; empty if the report has none.';
comment on column cognito_supabase.sign_ins.new_device is 'Whether the device was new; null in a pool without device tracking.';
create index sign_ins_happened_at_idx on cognito_supabase.sign_ins (happened_at);

create function public.record_sign_in(sub text, occurred_at timestamptz, client_id text default null, new_device boolean default null)
  returns boolean
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  as $$
  begin
    if coalesce(trim(sub), '') = '' or occurred_at is null then
      raise exception using errcode = 'PT400', message = 'record_sign_in needs a sub and a time';
    end if;
    perform cognito_supabase.check_length('sub', sub, 1, 255), cognito_supabase.check_length('client_id', client_id, 0, 128);
    -- So that a late report and forgetting come one after the other.
    perform cognito.hold_person(sub);
    if cognito.is_forgotten(sub) then
      return false;
    end if;
    insert into cognito_supabase.sign_ins as s (sub, happened_at, client_id, new_device)
      values (record_sign_in.sub, occurred_at, coalesce(record_sign_in.client_id, ''), record_sign_in.new_device)
    on conflict on constraint sign_ins_pkey do nothing;
    return found;
  end
  $$;

do $$
declare
  f regprocedure;
begin
  foreach f in array array[
    'public.block_address(text, text, timestamptz)', 'public.unblock_address(text)',
    'public.sign_in_problem(text, text[])', 'public.record_sign_in(text, timestamptz, text, boolean)'
  ]::regprocedure[] loop
    execute format('revoke execute on function %s from public, anon, authenticated', f);
    execute format('grant execute on function %s to service_role', f);
  end loop;
end
$$;
comment on function public.block_address(text, text, timestamptz) is
  'Refuses sign-ins of an address, or of all addresses of a domain (@example.com), until a time or without end. For the service only. The pre-authentication trigger reads it; sessions that are open stay: end them by revoke_user().';
comment on function public.unblock_address(text) is 'Ends what block_address() began. For the service only.';
comment on function public.sign_in_problem(text, text[]) is
  'Why a person may not sign in: disabled, blocked, or null. For the service only; the pre-authentication trigger calls it.';
comment on function public.record_sign_in(text, timestamptz, text, boolean) is
  'Keeps a sign-in for 90 days. For the service only; the post-authentication trigger''s queue calls it. Twice changes nothing.';
