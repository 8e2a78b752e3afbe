-- Removes the module profiles, and all profiles.

select cognito_supabase.remove_module('profiles', '{
  public.app_users, public.me, public.ensure_profile, public.provision_profile, public.delete_profile, public.find_user,
  cognito_supabase.make_profile, cognito_supabase.app_role, cognito_supabase.current_user_id, cognito_supabase.verified_email}');
do $$
begin
  if to_regprocedure('cognito.remove_analytics_source(text)') is not null then
    perform cognito.remove_analytics_source('app_users');
  end if;
end
$$;
drop function
  public.me(), public.ensure_profile(), public.provision_profile(text, text), public.delete_profile(text), public.find_user(text),
  cognito_supabase.make_profile(text, text), cognito_supabase.app_role(), cognito_supabase.current_user_id(), cognito_supabase.verified_email();
drop table public.app_users;
