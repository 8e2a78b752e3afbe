-- How many people are there, and how are they doing? Without personal data: for a dashboard.
select users, confirmed, disabled, gone, signed_up_7_days, active_7_days, active_28_days, profiles, as_of
from cognito_analytics.totals;
