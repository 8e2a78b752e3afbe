-- Removes the module analytics: the views, and the role cognito_analyst. Logins of analysts stay, without
-- rights here. Drop them: drop role ann.

select cognito_supabase.remove_module('analytics', '{
  cognito_analytics.users, cognito_analytics.history, cognito_analytics.totals, cognito.admit_analyst,
  cognito.add_analytics_source}');
drop view
  cognito_analytics.totals, cognito_analytics.drift, cognito_analytics.groups, cognito_analytics.email_domains,
  cognito_analytics.statuses, cognito_analytics.funnel, cognito_analytics.signups_by_week,
  cognito_analytics.signups_by_day, cognito_analytics.signups, cognito_analytics.activity,
  cognito_analytics.runs, cognito_analytics.history, cognito_analytics.users,
  cognito.analytics_profiles, cognito.analytics_traces;
drop function
  cognito.admit_analyst(name), cognito.add_module_sources(), cognito.add_analytics_source(text, text, text),
  cognito.remove_analytics_source(text), cognito.build_analytics_sources();
drop table cognito.analytics_sources;
drop schema cognito_analytics;
drop role cognito_analyst;
