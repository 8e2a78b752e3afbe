-- The guard: what asks whether a token is trusted. Three places ask:
--   a request to the Data API, once, before anything is planned (create_request_check),
--   a policy on every table, for Realtime, Storage and SQL,
--   a trigger on every table, after the statement, because a statement may have waited for a lock.

-- Signs the note that a request has been checked. Callers can set any setting, so the note is worth
-- nothing without this key.
create table private.trust_key (
  only_row boolean primary key default true,
  secret bytea not null default extensions.gen_random_bytes(32),
  constraint trust_key_only_row check (only_row)
);
alter table private.trust_key enable row level security;
comment on table private.trust_key is 'One row: the key with which private.trust_mark() signs. Not for any caller.';
comment on column private.trust_key.only_row is 'Keeps the table at one row.';
comment on column private.trust_key.secret is 'Random, made at installation. It can be replaced at any time.';
insert into private.trust_key default values;
revoke all on private.trust_key from anon, authenticated, service_role;

create function private.trust_mark() returns text
  language plpgsql stable security definer
  set search_path = ''
  as $$
  declare
    key bytea;
  begin
    select k.secret into key from private.trust_key as k;
    -- The claims, and the transaction: a mark is good for these and for nothing else.
    return encode(extensions.hmac(convert_to(concat_ws(' ',
      pg_backend_pid(), extract(epoch from transaction_timestamp()),
      current_setting('request.jwt.claim', true), current_setting('request.jwt.claims', true)), 'UTF8'),
      key, 'sha256'), 'hex');
  end
  $$;
revoke execute on function private.trust_mark() from public;
comment on function private.trust_mark() is
  'HMAC of the caller''s claims and the transaction. Callers may not execute it, so they cannot make a mark.';

-- Always checks all of it. What it has found is marked for the policies of the same transaction.
create function private.require_trust() returns void
  language plpgsql security definer
  set search_path = ''
  as $$
  declare
    problem record;
  begin
    select * into problem from private.trust_problem(auth.jwt());
    if problem.code is not null then
      raise exception using errcode = problem.code, message = problem.message, hint = problem.hint;
    end if;
    perform set_config('cognito_supabase.trusted', private.trust_mark(), true);
  end
  $$;
revoke execute on function private.require_trust() from public;
grant execute on function private.require_trust() to authenticated;
comment on function private.require_trust() is
  'Raises PT401 or PT403 with the reason where the caller''s token is not trusted. The first line of every function that runs as its owner.';

-- False instead of an error. A policy that raises tells whether there is a row to raise at; and one such
-- caller would end Realtime's reading for all, and make the Storage API answer 500.
create function private.is_trusted() returns boolean
  language plpgsql stable security definer
  set search_path = ''
  as $$
  declare
    mark text := nullif(current_setting('cognito_supabase.trusted', true), '');
  begin
    if mark is not null then
      if mark = private.trust_mark() then
        return true;
      end if;
    end if;
    return (select p.code is null from private.trust_problem(auth.jwt()) as p);
  end
  $$;
revoke execute on function private.is_trusted() from public;
grant execute on function private.is_trusted() to authenticated;
comment on function private.is_trusted() is
  'Whether the caller''s token is trusted. For policies, as (select private.is_trusted()).';

create function private.check_again() returns trigger
  language plpgsql
  set search_path = ''
  as $$
  begin
    perform private.require_trust();
    return null;
  end
  $$;
revoke execute on function private.check_again() from public;
comment on function private.check_again() is
  'Trigger: a statement that waited for a lock may have lost its trust meanwhile. Raises then, so that nothing is written.';

create function private.protect(target regclass) returns text
  language plpgsql
  set search_path = ''
  as $$
  begin
    execute format('alter table %s enable row level security', target);
    execute format('drop policy if exists "Only trusted tokens" on %s', target);
    execute format('create policy "Only trusted tokens" on %s as restrictive for all to authenticated '
      'using ((select private.is_trusted())) with check ((select private.is_trusted()))', target);
    execute format('revoke all on %s from anon', target);
    -- The setting, and not current_user: functions that run as their owner write for the caller, too.
    execute format('create or replace trigger "Trust holds until the end" after insert or update or delete on %s '
      'for each statement when (current_setting(''role'', true) = ''authenticated'') '
      'execute function private.check_again()', target);
    return format('%s is guarded: row-level security, the trust policy, the check after each write, '
      'nothing for anon. Add a policy for each operation, and grants.', target);
  end
  $$;
revoke execute on function private.protect(regclass) from public;
comment on function private.protect(regclass) is
  'Guards a table: row-level security, the trust policy, the check after each write, nothing for anon. Can be called again. Says what it did. Policies that say whose rows they are come on top.';

select private.protect(guarded)
from unnest(array['public.app_users', 'public.notes']::regclass[]) as guarded;
