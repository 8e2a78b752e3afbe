-- How many people are in each group?
select group_name, users from analytics.groups order by users desc, group_name;
