-- How many signed up on each of the last 14 days? Days without a sign-up included.
select day, coalesce(s.signed_up, 0) as signed_up, coalesce(s.confirmed, 0) as confirmed
from (select (now() at time zone 'UTC')::date - n as day from generate_series(0, 13) as n) as d
left join cognito_analytics.signups_by_day as s using (day)
order by day desc;
