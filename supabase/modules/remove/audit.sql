-- Removes the module audit, and all events. To keep the events, copy the table first: create table
-- public.old_events as table cognito_audit.events (and keep it from the API).

select cognito_supabase.remove_module('audit', '{cognito_audit.record,cognito_audit.events,cognito_audit.redact_person}');
-- Module analytics counts audited changes, if it is installed.
do $$
begin
  if to_regprocedure('cognito.remove_analytics_source(text)') is not null then
    perform cognito.remove_analytics_source('audit');
  end if;
end
$$;
drop table cognito_audit.events;
drop function
  cognito_audit.record(), cognito_audit.refuse_change(),
  cognito_audit.redact_person(text, text), cognito_audit.redacted(jsonb, text[]);
drop schema cognito_audit;
