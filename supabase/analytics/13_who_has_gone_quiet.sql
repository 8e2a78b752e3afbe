-- Who was active once, and not in the last 28 days?
select u.email, a.last_active_at
from cognito_analytics.activity as a
join cognito_analytics.users as u using (sub)
where a.last_active_at < now() - 28 * interval '24 hours' and u.deleted_at is null
order by a.last_active_at desc limit 100;
