-- In which states are accounts, and how many are known to use MFA?
select status, enabled, mfa, users, round(100 * users / sum(users) over ()) as percent
from cognito_analytics.statuses
order by users desc, status, enabled, mfa;
