-- Removes the module tenancy: workspaces, members and invitations.

select cognito_supabase.remove_module('tenancy', '{
  public.workspaces, public.workspace_members, public.workspace_invites,
  public.create_workspace, public.invite_member, public.accept_invite, public.withdraw_invite,
  public.change_member_role, public.remove_member, public.leave_workspace, public.transfer_ownership,
  cognito_supabase.my_workspaces, cognito_supabase.role_in, cognito_supabase.lock_workspace,
  cognito_supabase.check_membership_again, cognito_supabase.refuse_move}');
do $$
begin
  if to_regprocedure('cognito.remove_analytics_source(text)') is not null then
    perform cognito.remove_analytics_source('workspace_members');
  end if;
end
$$;
drop trigger leave_workspaces on public.app_users;
drop function
  public.create_workspace(text), public.invite_member(uuid, text, text), public.accept_invite(text),
  public.withdraw_invite(uuid), public.change_member_role(uuid, uuid, text), public.remove_member(uuid, uuid),
  public.leave_workspace(uuid), public.transfer_ownership(uuid, uuid),
  cognito_supabase.my_memberships(), cognito_supabase.refuse_disabled(uuid), cognito_supabase.refuse_outsider(),
  cognito_supabase.require_trust_or_service(), cognito_supabase.role_in(uuid),
  cognito_supabase.lock_workspace(uuid), cognito_supabase.lock_member(uuid, uuid),
  cognito_supabase.may_still_invite(public.workspace_invites), cognito_supabase.leave_workspaces();
drop table
  cognito_supabase.workspace_locks, public.workspace_invites, public.workspace_members, public.workspaces;
drop function
  cognito_supabase.my_workspaces(text), cognito_supabase.may_manage(text, text), cognito_supabase.lock_members(uuid),
  cognito_supabase.add_workspace_lock(), cognito_supabase.keep_an_owner(), cognito_supabase.withdraw_invites(),
  cognito_supabase.check_membership_again(), cognito_supabase.refuse_move();
