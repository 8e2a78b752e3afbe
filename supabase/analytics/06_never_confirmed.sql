-- Who signed up more than a day ago and never confirmed?
select email, created_at
from cognito_analytics.users
where status = 'UNCONFIRMED' and deleted_at is null and created_at < now() - interval '24 hours'
order by created_at desc limit 100;
