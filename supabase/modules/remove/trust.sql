-- Removes the module trust. From then on the database accepts every token that the platform accepts: of
-- any app client of the pool, ended sessions, disabled people. Row-level security stays on where
-- protect() has enabled it, and anon gets nothing back.

select cognito_supabase.remove_module('trust', '{
  cognito_supabase.check_request, cognito_supabase.require_trust, cognito_supabase.is_trusted,
  cognito_supabase.check_again, cognito_supabase.protect, cognito_supabase.unprotect, cognito_supabase.uid,
  cognito_supabase.current_sub, cognito_supabase.is_machine, cognito_supabase.is_disabled,
  cognito_supabase.set_trust, cognito_supabase.trust_problem,
  public.revoke_user, public.revoke_session, public.disable_user, public.enable_user, public.sign_out_everywhere}');
-- The event trigger, and the guard of the project's own tables.
drop event trigger if exists cognito_supabase_protect_new_tables;
select cognito_supabase.unprotect(p.polrelid)
from pg_policy as p
where p.polname = 'Only trusted tokens'
  and pg_get_expr(p.polqual, p.polrelid) ~ 'cognito_supabase\.is_trusted';
do $$
begin
  if exists (
    select from pg_db_role_setting as s cross join unnest(s.setconfig) as setting
    where s.setrole = 'authenticator'::regrole
      and setting = 'pgrst.db_pre_request=cognito_supabase.check_request'
  ) then
    alter role authenticator reset pgrst.db_pre_request;
  end if;
end
$$;
select cognito_supabase.remove_schedules('{sweep-revocations}');
drop view cognito_supabase.unguarded;
drop function
  public.revoke_user(text), public.revoke_session(text), public.disable_user(text), public.enable_user(text),
  public.sign_out_everywhere(),
  cognito_supabase.check_request(), cognito_supabase.check_again(), cognito_supabase.require_trust(),
  cognito_supabase.is_trusted(), cognito_supabase.trust_mark(), cognito_supabase.protect(regclass),
  cognito_supabase.unprotect(regclass), cognito_supabase.protect_created(),
  cognito_supabase.protect_new_tables(boolean), cognito_supabase.trust_problem(jsonb),
  cognito_supabase.unknown_client(text), cognito_supabase.explain_trust(jsonb),
  cognito_supabase.session_began(jsonb), cognito_supabase.trust_settings_problem(jsonb),
  cognito_supabase.set_trust(jsonb), cognito_supabase.sweep_revocations(),
  cognito_supabase.revocation_lifetime(), cognito_supabase.is_disabled(text),
  cognito_supabase.current_sub(), cognito_supabase.is_machine(), cognito_supabase.uid();
drop table
  cognito_supabase.trusted_clients, cognito_supabase.revoked_sessions, cognito_supabase.revoked_users,
  cognito_supabase.disabled_users, cognito_supabase.trust_key;
notify pgrst, 'reload config';
