/**
 * Reads settings from `alter role … set …`, as PostgREST does: its own configuration from the role that
 * it connects as, and for each request the settings of the request's role.
 * https://docs.postgrest.org/en/stable/references/configuration.html#in-database-configuration
 * https://docs.postgrest.org/en/stable/references/transactions.html#impersonated-role-settings
 */
import type { Client } from 'pg';

export interface RoleSettings {
  /** `pgrst.db_pre_request`: schema and name of the function to call before each request. */
  readonly preRequest: readonly [schema: string, name: string] | undefined;
  /** Settings of the roles that a request may run as, such as `statement_timeout`. */
  readonly ofRole: ReadonlyMap<string, readonly (readonly [name: string, value: string])[]>;
}

/** If a setting exists twice, the one for this database counts. */
const QUERY = `
  select r.rolname as role, split_part(setting, '=', 1) as name,
    substr(setting, strpos(setting, '=') + 1) as value
  from pg_catalog.pg_db_role_setting as s
  join pg_catalog.pg_roles as r on r.oid = s.setrole
  left join pg_catalog.pg_database as d on d.oid = s.setdatabase
  cross join unnest(s.setconfig) as setting
  where (s.setdatabase = 0 or d.datname = current_database())
    and r.rolname in ('authenticator', 'anon', 'authenticated', 'service_role')
  order by s.setdatabase`;

function functionOf(name: string): RoleSettings['preRequest'] {
  if (name === '') return undefined;
  // PostgREST divides at the first dot. A name that nobody has makes each request fail.
  const dot = name.indexOf('.');
  return dot < 0 ? ['public', name] : [name.slice(0, dot), name.slice(dot + 1)];
}

/** Reads the current settings. `notify pgrst` announces a change. */
export async function readRoleSettings(client: Client): Promise<RoleSettings> {
  const { rows } = await client.query<{ role: string; name: string; value: string }>(QUERY);
  const ofRole = new Map<string, Map<string, string>>();
  for (const { role, name, value } of rows) {
    const settings = ofRole.get(role) ?? new Map<string, string>();
    ofRole.set(role, settings.set(name, value));
  }
  const own = ofRole.get('authenticator');
  ofRole.delete('authenticator');
  return {
    preRequest: functionOf(own?.get('pgrst.db_pre_request') ?? ''),
    ofRole: new Map([...ofRole].map(([role, settings]) => [role, [...settings]])),
  };
}
