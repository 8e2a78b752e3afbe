-- Where do people stop on their way from sign-up to use? In percent of the week's sign-ups.
select week, signed_up,
       round(100.0 * confirmed / signed_up) as confirmed,
       round(100.0 * profile / signed_up) as profile,
       round(100.0 * first_row / signed_up) as first_row,
       round(100.0 * active_28_days / signed_up) as active_28_days,
       round(100.0 * active_7_days / signed_up) as active_7_days
from cognito_analytics.funnel
order by week desc limit 12;
