-- Removes the module hardening: restores the former settings.

select cognito_supabase.remove_module('hardening', '{}');
do $$
declare
  former cognito_supabase.before_hardening := (select b from cognito_supabase.before_hardening as b);
  privilege record;
begin
  for privilege in
    select * from jsonb_to_recordset(former.default_privileges)
      as p (kind text, grantee text, privilege text, grantable boolean)
  loop
    execute format('alter default privileges in schema public grant %s on %s to %I%s',
      privilege.privilege, privilege.kind, privilege.grantee,
      case when privilege.grantable then ' with grant option' else '' end);
  end loop;
  if former.temporary then
    execute format('grant temporary on database %I to public', current_database());
  end if;
  if former.statement_timeout is null then
    alter role authenticated reset statement_timeout;
  else
    execute format('alter role authenticated set statement_timeout = %L', former.statement_timeout);
  end if;
end
$$;
drop table cognito_supabase.before_hardening;
notify pgrst, 'reload config';
