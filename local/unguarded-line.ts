/**
 * SQL for the line of a row `u` of `cognito_supabase.unguarded`. The view has the word of PL/pgSQL, and a function in
 * language sql needs another one.
 */
export const UNGUARDED_LINE = `case
  when u.kind = 'function' and exists (
    select from pg_catalog.pg_proc as f join pg_catalog.pg_language as l on l.oid = f.prolang
    where f.oid = to_regprocedure(u.name) and l.lanname = 'sql')
  then replace(u.line, ': perform ', ': select ') else u.line end`;
