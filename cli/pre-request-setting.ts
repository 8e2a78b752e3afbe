/** The function that the Data API calls before each request, as PostgREST reads its setting. */

export const CHECK_REQUEST = 'cognito_supabase.check_request';

/** One row with `name`; none without the setting. A setting for this database comes before the one for all. */
export const PRE_REQUEST_NAME = `
  select substr(setting, length('pgrst.db_pre_request=') + 1) as name
  from pg_catalog.pg_db_role_setting as s cross join unnest(s.setconfig) as setting
  where s.setrole = to_regrole('authenticator') and setting like 'pgrst.db\\_pre\\_request=%'
    and s.setdatabase in (0, (select oid from pg_catalog.pg_database where datname = current_database()))
  order by s.setdatabase desc limit 1`;

/**
 * The same, with `checks`: whether it is the function of the kit, or calls that one. A name in a comment is no call. The
 * text before the first dot is the schema.
 */
export const PRE_REQUEST = `
  with setting as (${PRE_REQUEST_NAME})
  select name, name = '${CHECK_REQUEST}' or exists (
    select from pg_catalog.pg_proc as p join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
    where n.nspname = case when name like '%.%' then split_part(name, '.', 1) else 'public' end
      and p.proname = substr(name, strpos(name, '.') + 1)
      and regexp_replace(regexp_replace(p.prosrc, '--[^\\n]*', ' ', 'g'), '/\\*.*?\\*/', ' ', 'g')
        ~ '\\mcognito_supabase\\.check_request\\s*\\(') as checks
  from setting`;
