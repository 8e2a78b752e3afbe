-- Who came last?
select email, status, created_at from cognito_analytics.users
order by created_at desc limit 20;
