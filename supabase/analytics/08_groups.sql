-- How many people are in each group?
select group_name, users from cognito_analytics.groups order by users desc, group_name;
