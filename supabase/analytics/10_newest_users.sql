-- Who came last?
select email, status, created_at from analytics.users
order by created_at desc limit 20;
