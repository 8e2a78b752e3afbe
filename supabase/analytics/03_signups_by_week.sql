-- How do sign-ups develop by week, and how much more or less is it than the week before?
select week, signed_up, confirmed, gone,
       signed_up - lag(signed_up) over (order by week) as more_than_before
from analytics.signups_by_week
order by week desc
limit 12;
