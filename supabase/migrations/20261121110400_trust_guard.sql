-- The guard checks whether a token is trusted, in three places:
--   a request to the Data API, once, before anything is planned (trust_requests),
--   a policy on every table, for Realtime, Storage and SQL,
--   a trigger on every table, after the statement, because a statement may have waited for a lock.

-- The key that signs the record of a checked request. Callers can set any setting, so the record needs a
-- signature.
create table cognito_supabase.trust_key (
  only_row boolean primary key default true,
  secret bytea not null default extensions.gen_random_bytes(32),
  constraint trust_key_only_row check (only_row)
);
alter table cognito_supabase.trust_key enable row level security;
comment on table cognito_supabase.trust_key is 'One row: the key with which cognito_supabase.trust_mark() signs. Not for any caller.';
comment on column cognito_supabase.trust_key.only_row is 'Keeps the table at one row.';
comment on column cognito_supabase.trust_key.secret is 'Random, made at installation. It can be replaced at any time.';
insert into cognito_supabase.trust_key default values;
revoke all on cognito_supabase.trust_key from anon, authenticated, service_role;

create function cognito_supabase.trust_mark() returns text
  language plpgsql stable security definer
  set search_path = pg_catalog, pg_temp
  as $$
  declare
    key bytea;
  begin
    select k.secret into key from cognito_supabase.trust_key as k;
    -- Over the claims and the transaction, so a mark is valid for these only.
    return encode(extensions.hmac(convert_to(concat_ws(' ',
      pg_backend_pid(), extract(epoch from transaction_timestamp()),
      current_setting('request.jwt.claim', true), current_setting('request.jwt.claims', true)), 'UTF8'),
      key, 'sha256'), 'hex');
  end
  $$;
revoke execute on function cognito_supabase.trust_mark() from public;
comment on function cognito_supabase.trust_mark() is
  'HMAC of the caller''s claims and the transaction. Callers may not execute it, so they cannot make a mark.';

-- Always does the full check, and marks the result for the policies of the same transaction.
create function cognito_supabase.require_trust() returns void
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  as $$
  declare
    problem record;
  begin
    select * into problem from cognito_supabase.trust_problem(auth.jwt());
    if problem.code is not null then
      raise exception using errcode = problem.code, message = problem.message, hint = problem.hint;
    end if;
    perform set_config('cognito_supabase.trusted', cognito_supabase.trust_mark(), true);
  end
  $$;
revoke execute on function cognito_supabase.require_trust() from public;
grant execute on function cognito_supabase.require_trust() to authenticated;
comment on function cognito_supabase.require_trust() is
  'Raises PT401 or PT403 with the reason if the caller''s token is not trusted. The first line of every function that runs as its owner.';

-- Returns false instead of an error. An error in a policy would tell that there is a row. It would also
-- end Realtime's reading for everybody, and make the Storage API answer 500.
create function cognito_supabase.is_trusted() returns boolean
  language plpgsql stable security definer
  set search_path = pg_catalog, pg_temp
  as $$
  declare
    mark text := nullif(current_setting('cognito_supabase.trusted', true), '');
  begin
    if mark is not null then
      if mark = cognito_supabase.trust_mark() then
        return true;
      end if;
    end if;
    return (select p.code is null from cognito_supabase.trust_problem(auth.jwt()) as p);
  end
  $$;
revoke execute on function cognito_supabase.is_trusted() from public;
grant execute on function cognito_supabase.is_trusted() to authenticated;
comment on function cognito_supabase.is_trusted() is
  'Whether the caller''s token is trusted. For policies, as (select cognito_supabase.is_trusted()).';

create function cognito_supabase.check_again() returns trigger
  language plpgsql
  set search_path = pg_catalog, pg_temp
  as $$
  begin
    perform cognito_supabase.require_trust();
    return null;
  end
  $$;
revoke execute on function cognito_supabase.check_again() from public;
comment on function cognito_supabase.check_again() is
  'Trigger: checks trust again after the statement, because it may have waited for a lock. Raises an error if trust has ended, so that nothing is written.';

create function cognito_supabase.protect(target regclass) returns text
  language plpgsql
  set search_path = pg_catalog, pg_temp
  as $$
  begin
    execute format('alter table %s enable row level security', target);
    execute format('drop policy if exists "Only trusted tokens" on %s', target);
    execute format('create policy "Only trusted tokens" on %s as restrictive for all to authenticated '
      'using ((select cognito_supabase.is_trusted())) with check ((select cognito_supabase.is_trusted()))', target);
    execute format('revoke all on %s from anon', target);
    -- The setting and not current_user, because functions that run as their owner also write for the
    -- caller.
    execute format('create or replace trigger "Trust holds until the end" after insert or update or delete on %s '
      'for each statement when (current_setting(''role'', true) = ''authenticated'') '
      'execute function cognito_supabase.check_again()', target);
    return format('%s is guarded: row-level security, the trust policy, the check after each write, '
      'nothing for anon. Add a policy for each operation, and grants.', target);
  end
  $$;
revoke execute on function cognito_supabase.protect(regclass) from public;
comment on function cognito_supabase.protect(regclass) is
  'Guards a table: row-level security, the trust policy, the check after each write, nothing for anon. Can be called again. Returns what it did. Add policies that say whose rows they are.';

create function cognito_supabase.unprotect(target regclass) returns text
  language plpgsql
  set search_path = pg_catalog, pg_temp
  as $$
  begin
    execute format('drop policy if exists "Only trusted tokens" on %s', target);
    execute format('drop trigger if exists "Trust holds until the end" on %s', target);
    return format('%s is not guarded any more. Row-level security stays on, and anon gets nothing back.', target);
  end
  $$;
revoke execute on function cognito_supabase.unprotect(regclass) from public;
comment on function cognito_supabase.unprotect(regclass) is
  'Removes the trust policy and the check after each write from a table. Row-level security stays on, and anon gets nothing back.';

-- Security definer, because callers may not write to the tables or read the settings.
create function public.sign_out_everywhere() returns void
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  as $$
  begin
    perform cognito_supabase.require_trust();
    -- Its tokens have no time of sign-in, so it could never sign in again.
    if cognito_supabase.is_machine() then
      raise exception using errcode = 'insufficient_privilege', message = 'a machine has no sessions',
        hint = 'Take its app client out of the settings, or delete the client''s secret.';
    end if;
    perform public.revoke_user(auth.jwt() ->> 'sub');
  end
  $$;
revoke execute on function public.sign_out_everywhere() from public, anon;
grant execute on function public.sign_out_everywhere() to authenticated;
comment on function public.sign_out_everywhere() is
  'Ends all sessions of the caller that began before the call, including this one.';
