-- Removes the module directory: the copy of the pool, its history and its runs. The list of forgotten
-- people is deleted too.

select cognito_supabase.remove_module('directory', '{
  cognito.directory, cognito.directory_history, cognito.refresh, cognito.record_event, cognito.forget,
  public.record_cognito_event}');
select cognito_supabase.remove_schedules('{refresh-cognito-directory}');
drop function
  public.record_cognito_event(text, text, jsonb, text[], timestamptz, text),
  cognito.record_event(text, text, jsonb, text[], timestamptz, text),
  cognito.forget(text), cognito.forget_elsewhere(text, text), cognito.has_profile(text),
  cognito.is_forgotten(text), cognito.hold_person(text),
  cognito.run_lock(), cognito.take_run_lock(text), cognito.hold_run_lock(boolean),
  cognito.open_run(text), cognito.begin_sync(text), cognito.resume_sync(bigint), cognito.missing_users(bigint),
  cognito.merge_staged(cognito.refresh_runs), cognito.mark_gone(cognito.refresh_runs, boolean),
  cognito.finish_sync(bigint, boolean, integer, text, boolean),
  cognito.stage_scan(bigint, text[]), cognito.refresh(boolean), cognito.scan_cost();
drop table
  cognito.directory_history, cognito.directory, cognito.refresh_runs, cognito.staged_users,
  cognito.staged_parts, cognito.directory_settings, cognito.forgotten;
drop function cognito.keep_history();
