-- Who has an address that begins like this, in any case?
select email, status, enabled, groups, (created_at at time zone 'UTC')::date as signed_up, deleted_at
from cognito_analytics.users
where lower(email) like 'alice@%'
order by email limit 20;
