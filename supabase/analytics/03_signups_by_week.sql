-- How do sign-ups develop by week, and how much more or less is it than the week before?
select week, coalesce(s.signed_up, 0) as signed_up, coalesce(s.confirmed, 0) as confirmed, coalesce(s.gone, 0) as gone,
       coalesce(s.signed_up, 0) - lag(coalesce(s.signed_up, 0)) over (order by week) as more_than_before
from (select date_trunc('week', now() at time zone 'UTC')::date - 7 * n as week from generate_series(0, 12) as n) as w
left join cognito_analytics.signups_by_week as s using (week)
order by week desc limit 12;
