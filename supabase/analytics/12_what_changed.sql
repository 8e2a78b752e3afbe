-- Whose status, address, groups or existence changed in the last week, and how?
select h.changed_at, u.email, h.field, h.before, h.after
from cognito_analytics.history as h
join cognito_analytics.users as u using (sub)
where h.changed_at > now() - 7 * interval '24 hours'
order by h.changed_at desc limit 100;
