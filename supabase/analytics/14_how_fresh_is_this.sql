-- How fresh are these answers, and did the last runs go well?
select id, source, started_at, ended_at - started_at as took, seen, changed, deleted, complete, error
from cognito_analytics.runs
order by id desc limit 10;
