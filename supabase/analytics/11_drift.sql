-- Where do Cognito and the application's own table disagree?
select kind, count(*) as people, min(coalesce(cognito_email, app_email)) as for_example
from cognito_analytics.drift
group by kind
order by people desc, kind;
