-- Removes the module accounts: blocked addresses, sign-ins, operations of administrators and transfers. The audit keeps
-- its events. Moved rows stay with their new owners.

select cognito_supabase.remove_module('accounts', '{
  public.block_address, public.unblock_address, public.sign_in_problem, public.record_sign_in,
  public.begin_admin_operation, public.abandon_admin_operation, public.finish_admin_operation,
  public.admin_find_users, public.admin_read_user, public.apply_account_event,
  public.old_account, public.prepare_transfer, public.claim_transfer, cognito_supabase.require_group}');
select cognito_supabase.remove_schedules('{sweep-accounts}');
drop function
  public.block_address(text, text, timestamptz), public.unblock_address(text), public.sign_in_problem(text, text[]),
  public.record_sign_in(text, timestamptz, text, boolean),
  public.begin_admin_operation(text, text, text, text, text), public.abandon_admin_operation(uuid),
  public.finish_admin_operation(uuid, text, timestamptz, jsonb),
  public.admin_find_users(text, text, integer), public.admin_read_user(text),
  public.apply_account_event(text, text, text, timestamptz, jsonb, text[], text),
  public.old_account(text), public.prepare_transfer(uuid, text), public.claim_transfer(text, text[]),
  cognito_supabase.admin_groups(), cognito_supabase.support_groups(), cognito_supabase.recent_sign_in(),
  cognito_supabase.require_group(text[]), cognito_supabase.check_deletable(text), cognito_supabase.files_of(text),
  cognito_supabase.delete_everywhere(text, timestamptz, boolean), cognito_supabase.note_reading(text, text),
  cognito_supabase.sweep_accounts(), cognito_supabase.move_profile(uuid, text),
  cognito_supabase.add_transfer_column(regclass, name);
drop table
  cognito_supabase.blocked_addresses, cognito_supabase.sign_ins, cognito_supabase.admin_operations,
  cognito_supabase.webhook_messages, cognito_supabase.transfer_columns, cognito_supabase.transfers;
