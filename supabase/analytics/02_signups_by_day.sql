-- How many signed up on each of the last 14 days? Days without a sign-up included.
select d.day::date, coalesce(s.signed_up, 0) as signed_up, coalesce(s.confirmed, 0) as confirmed
from generate_series(current_date - 13, current_date, interval '1 day') as d (day)
left join analytics.signups_by_day as s on s.day = d.day::date
order by d.day desc;
