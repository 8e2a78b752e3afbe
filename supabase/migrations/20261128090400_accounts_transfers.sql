-- People who come from Supabase Auth. The user-migration trigger prepares a transfer when it has checked the
-- old password; the sub is not known yet. At the first sign-in the transfer is made, in one transaction:
-- profile and all rows that the settings name follow from the old id to the new sub.

create table cognito_supabase.transfer_columns (
  relation regclass not null,
  column_name name not null,
  primary key (relation, column_name)
);
alter table cognito_supabase.transfer_columns enable row level security;
revoke all on cognito_supabase.transfer_columns from anon, authenticated, service_role;
comment on table cognito_supabase.transfer_columns is 'Columns that have the id of a person of Supabase Auth, and get the sub. Written by cognito_supabase.add_transfer_column().';
comment on column cognito_supabase.transfer_columns.relation is 'The table.';
comment on column cognito_supabase.transfer_columns.column_name is 'Its column, of type uuid or text.';

create function cognito_supabase.add_transfer_column(target regclass, column_name name) returns text
  language plpgsql
  set search_path = pg_catalog, pg_temp
  as $$
  declare
    type_name text;
    reference text;
  begin
    select a.atttypid::regtype::text into type_name from pg_catalog.pg_attribute as a
    where a.attrelid = target and a.attname = add_transfer_column.column_name and a.attnum > 0 and not a.attisdropped;
    if type_name is null or type_name not in ('uuid', 'text', 'character varying') then
      raise exception using errcode = 'PT400', message = format('%s has no column %s of type uuid or text', target, column_name);
    end if;
    select c.conname into reference from pg_catalog.pg_constraint as c
    join pg_catalog.pg_attribute as a on a.attrelid = c.conrelid and a.attnum = any (c.conkey)
    where c.conrelid = target and c.contype = 'f' and c.confrelid = to_regclass('auth.users')
      and a.attname = add_transfer_column.column_name;
    if reference is not null then
      raise exception using errcode = 'PT409',
        message = format('%s.%s refers to auth.users, which has no people of Cognito', target, column_name),
        hint = format('alter table %s drop constraint %I', target, reference);
    end if;
    insert into cognito_supabase.transfer_columns values (target, add_transfer_column.column_name)
    on conflict on constraint transfer_columns_pkey do nothing;
    return format('%s.%s follows from the old id to the sub%s', target, column_name, case when exists (
        select from pg_catalog.pg_index as i join pg_catalog.pg_attribute as a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
        where i.indrelid = target and a.attname = add_transfer_column.column_name) then ''
      else '; it has no index, so each transfer reads the whole table' end);
  end
  $$;
revoke execute on function cognito_supabase.add_transfer_column(regclass, name) from public;
comment on function cognito_supabase.add_transfer_column(regclass, name) is
  'Names a column that has ids of people of Supabase Auth, such as (''public.notes'', ''user_id''), so that a transfer changes it. Returns what it did.';

create table cognito_supabase.transfers (
  old_id uuid primary key,
  address text,
  sub text,
  prepared_at timestamptz not null default clock_timestamp(),
  done_at timestamptz,
  moved jsonb
);
alter table cognito_supabase.transfers enable row level security;
revoke all on cognito_supabase.transfers from anon, authenticated, service_role;
comment on table cognito_supabase.transfers is 'People who came from Supabase Auth, with their old and new ids.';
comment on column cognito_supabase.transfers.old_id is 'auth.users.id of the old project.';
comment on column cognito_supabase.transfers.address is 'Verified address or telephone number, in lower case, until the transfer is made; then null.';
comment on column cognito_supabase.transfers.sub is 'Claim sub in the pool; null until the transfer is made.';
comment on column cognito_supabase.transfers.prepared_at is 'When the old password, or the old account, was checked.';
comment on column cognito_supabase.transfers.done_at is 'When the rows were moved.';
comment on column cognito_supabase.transfers.moved is 'Number of rows by table and column.';
create index transfers_address_idx on cognito_supabase.transfers (address) where done_at is null;
create index transfers_sub_idx on cognito_supabase.transfers (sub);
create trigger audit after insert or update or delete on cognito_supabase.transfers
  for each row execute function cognito_audit.record('old_id,sub', 'done_at,moved');

create function public.old_account(address text) returns jsonb
  language plpgsql stable security definer
  set search_path = pg_catalog, pg_temp
  as $$
  declare
    found_account jsonb;
  begin
    if to_regclass('auth.users') is not null then
      select jsonb_build_object('id', u.id, 'email', u.email, 'phone', nullif(u.phone, ''),
          'email_verified', u.email_confirmed_at is not null, 'phone_verified', u.phone_confirmed_at is not null)
        into found_account
      from auth.users as u
      where (lower(u.email) = lower(old_account.address) or '+' || ltrim(nullif(u.phone, ''), '+') = old_account.address)
        and not u.is_sso_user and u.deleted_at is null and (u.banned_until is null or u.banned_until < now())
      limit 1;
    end if;
    return found_account;
  end
  $$;

create function public.prepare_transfer(old_id uuid, address text) returns void
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  as $$
  declare
    wanted text := lower(trim(prepare_transfer.address));
  begin
    if old_id is null or coalesce(wanted, '') = '' or char_length(wanted) > 320 then
      raise exception using errcode = 'PT400', message = 'prepare_transfer needs an id and an address';
    end if;
    insert into cognito_supabase.transfers as t (old_id, address) values (prepare_transfer.old_id, wanted)
    on conflict on constraint transfers_pkey do update set address = wanted, prepared_at = clock_timestamp()
      where t.done_at is null;
    if not found then
      raise exception using errcode = 'PT409', message = 'this account was moved to another user of the pool already',
        hint = 'select * from cognito_supabase.transfers where old_id = ''…''';
    end if;
  end
  $$;

-- The old profile stays, and with it the memberships that refer to it. A new one that nobody refers to yet gives way.
create function cognito_supabase.move_profile(old_id uuid, new_sub text) returns integer
  language plpgsql
  set search_path = pg_catalog, pg_temp
  as $$
  declare
    newer uuid := (select u.id from public.app_users as u where u.cognito_sub = new_sub);
    reference record;
    used boolean;
    moved integer;
  begin
    if not exists (select from public.app_users as u where u.cognito_sub = old_id::text) then
      return 0;
    end if;
    if newer is not null then
      for reference in
        select c.conrelid::regclass as relation, a.attname from pg_catalog.pg_constraint as c
        join pg_catalog.pg_attribute as a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
        where c.contype = 'f' and c.confrelid = 'public.app_users'::regclass
      loop
        execute format('select exists (select from %s where %I = $1)', reference.relation, reference.attname)
          into used using newer;
        if used then
          raise exception using errcode = 'PT409', message = 'the person has rows under a new profile already',
            detail = format('In %s.', reference.relation), hint = 'Move or delete them, and then the transfer can be made.';
        end if;
      end loop;
      delete from public.app_users as u where u.id = newer;
    end if;
    update public.app_users as u set cognito_sub = new_sub where u.cognito_sub = old_id::text;
    get diagnostics moved = row_count;
    return moved;
  end
  $$;
revoke execute on function cognito_supabase.move_profile(uuid, text) from public;
comment on function cognito_supabase.move_profile(uuid, text) is 'Gives the profile of an old account to the new sub, and returns whether there was one.';

create function public.claim_transfer(sub text, addresses text[]) returns jsonb
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  as $$
  declare
    waiting cognito_supabase.transfers;
    target record;
    counted bigint;
    counts jsonb;
  begin
    perform cognito_supabase.check_length('sub', coalesce(sub, ''), 1, 255);
    -- A preparation that nobody claimed does not wait for the next owner of the address.
    select * into waiting from cognito_supabase.transfers as t
    where t.done_at is null and t.address = any (select lower(a) from unnest(addresses) as a)
      and t.prepared_at > clock_timestamp() - interval '7 days'
    order by t.prepared_at desc limit 1 for update;
    if not found then
      return null;
    end if;
    counts := jsonb_build_object('public.app_users.cognito_sub', cognito_supabase.move_profile(waiting.old_id, sub));
    for target in
      select c.relation, c.column_name, a.atttypid::regtype as type
      from cognito_supabase.transfer_columns as c
      join pg_catalog.pg_attribute as a on a.attrelid = c.relation and a.attname = c.column_name
      order by c.relation::text, c.column_name
    loop
      execute format('update %s set %I = $1::%s where %I = $2::text::%s',
        target.relation, target.column_name, target.type, target.column_name, target.type) using sub, waiting.old_id;
      get diagnostics counted = row_count;
      counts := counts || jsonb_build_object(format('%s.%s', target.relation, target.column_name), counted);
    end loop;
    update cognito_supabase.transfers as t set sub = claim_transfer.sub, done_at = clock_timestamp(), address = null, moved = counts
    where t.old_id = waiting.old_id;
    return counts;
  end
  $$;

do $$
declare
  f regprocedure;
begin
  foreach f in array array[
    'public.old_account(text)', 'public.prepare_transfer(uuid, text)', 'public.claim_transfer(text, text[])'
  ]::regprocedure[] loop
    execute format('revoke execute on function %s from public, anon, authenticated', f);
    execute format('grant execute on function %s to service_role', f);
  end loop;
end
$$;
comment on function public.old_account(text) is
  'The account of Supabase Auth with this address or telephone number: {id, email, phone, email_verified, phone_verified}, or null. Without SSO, banned and deleted accounts. For the service only; the user-migration trigger calls it for a forgotten password.';
comment on function public.prepare_transfer(uuid, text) is
  'Says that the owner of an address has proved to own an old account. For the service only; the user-migration trigger calls it. It counts for a week.';
comment on function public.claim_transfer(text, text[]) is
  'Moves the profile and all rows of cognito_supabase.transfer_columns from the old account that was prepared for one of these verified addresses to the sub, in one transaction. Returns the number of rows by column, or null if nothing was prepared. For the service only; the post-authentication trigger calls it.';
