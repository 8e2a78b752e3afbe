-- From which organisations do people come?
select domain, users, verified, (newest at time zone 'UTC')::date as newest
from cognito_analytics.email_domains
order by users desc, domain limit 20;
