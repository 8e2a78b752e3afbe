-- Removes the module base: the list of modules, the checks and the schedules.

select cognito_supabase.remove_module('base', '{}');
drop function
  cognito_supabase.add_module(text, text[]), cognito_supabase.remove_module(text, text[]),
  cognito_supabase.schedules(), cognito_supabase.set_up_schedules(), cognito_supabase.remove_schedules(text[]),
  cognito_supabase.check_length(text, text, integer, integer), cognito_supabase.check_one_of(text, text, text[]),
  cognito_supabase.check_email(text, text), cognito_supabase.set_updated_at(), cognito_supabase.refuse(text, text);
drop table cognito_supabase.modules;
drop schema cognito_supabase;
