/** Settings of trust against the user pool, and the roles of the Data API. */
import { PRE_REQUEST } from '../../pre-request-setting.ts';
import { cognitoIssuer, isUsable } from '../../token/issuer.ts';
import { check, type Found } from '../check.ts';
import { exists, rowsOf } from './query.ts';

interface Client {
  readonly issuer: string;
  readonly client_id: string;
  readonly token_use: readonly string[];
}

const hasTrust = 'cognito_supabase.trusted_clients';

/** If the issuer is not known, an issuer on this machine counts as right. */
function hasRightForm(trusted: string, issuer: string | undefined): boolean {
  if (trusted === issuer || cognitoIssuer(trusted)?.form === 'original') return true;
  return issuer === undefined && trusted.startsWith('http:') && isUsable(trusted);
}

export const trust = check('settings of trust', ['database'], async (context) => {
  const { database, issuer, client } = context;
  if (!(await exists(database, hasTrust))) return [{ id: 'trust-module-missing' }];
  const clients = await rowsOf<Client>(
    database,
    `select issuer, client_id, token_use from ${hasTrust} order by issuer, client_id`,
  );
  if (clients.length === 0) return [{ id: 'trust-empty' }];
  const wrongForm = new Set(
    clients.map((one) => one.issuer).filter((one) => !hasRightForm(one, issuer)),
  );
  const found: Found[] = [...wrongForm].map((place) => ({ id: 'trust-issuer-form', place }));
  const own = clients.filter((one) => one.issuer === issuer);
  if (issuer !== undefined && own.length === 0) {
    // The same mistake, if the only issuer has a wrong form.
    if (wrongForm.size === 0) found.push({ id: 'trust-other-issuer', place: issuer });
  } else if (client !== undefined && issuer !== undefined) {
    if (!own.some(({ client_id: id }) => id === client))
      found.push({ id: 'trust-other-client', place: client });
  }
  for (const { client_id: place, token_use: uses } of clients) {
    if (uses.includes('id')) found.push({ id: 'trust-id-tokens', place });
  }
  return found;
});

export const trustedClients = check('app clients', ['database', 'aws'], async (context) => {
  const { database, aws } = context;
  if (!(await exists(database, hasTrust))) return [];
  const trusted = await rowsOf<{ client_id: string }>(
    database,
    `select client_id from ${hasTrust} where issuer like 'https://%/' || $1 order by client_id`,
    [aws.poolId.replaceAll('_', '\\_')],
  );
  if (trusted.length === 0) return [];
  const own = new Set(await aws.clients());
  return trusted
    .filter(({ client_id: id }) => !own.has(id))
    .map(({ client_id: place }): Found => ({ id: 'trust-client-gone', place }));
});

interface PreRequest {
  readonly name: string;
  readonly checks: boolean;
}

export const preRequest = check('check before each request', ['database'], async (context) => {
  if (!(await exists(context.database, 'cognito_supabase.check_request()'))) return [];
  const [found] = await rowsOf<PreRequest>(context.database, PRE_REQUEST);
  if (found === undefined || found.name === '') return [{ id: 'pre-request-missing', safe: true }];
  return found.checks ? [] : [{ id: 'pre-request-other', place: found.name }];
});

const ROLES = `
  select 'role-settable' as id, r.rolname::text as place, format('revoke %I from authenticator;', r.rolname) as fix
  from pg_auth_members as m join pg_roles as r on r.oid = m.roleid
  where m.member = to_regrole('authenticator') and r.rolname not in ('anon', 'authenticated', 'service_role')
  union all
  select 'role-bypasses-rls', r.rolname::text, format('alter role %I nobypassrls;', r.rolname)
  from pg_roles as r where r.rolname in ('anon', 'authenticated', 'authenticator') and (r.rolbypassrls or r.rolsuper)
  union all
  select 'statement-timeout-missing', 'authenticated', null
  where coalesce((
    select substr(setting, length('statement_timeout=') + 1)
    from pg_db_role_setting as s cross join unnest(s.setconfig) as setting
    where s.setrole = to_regrole('authenticated') and setting like 'statement\\_timeout=%' limit 1), '0') in ('0', '')
  union all
  select 'schema-exposed', trim(schema), null
  from pg_db_role_setting as s cross join unnest(s.setconfig) as setting
    cross join string_to_table(substr(setting, length('pgrst.db_schemas=') + 1), ',') as schema
  where s.setrole = to_regrole('authenticator') and setting like 'pgrst.db\\_schemas=%'
    and trim(schema) in ('cognito', 'cognito_audit', 'cognito_analytics', 'cognito_supabase', 'vault', 'auth')`;

export const roles = check('roles of the Data API', ['database'], async ({ database }) => {
  const rows = await rowsOf<{ id: Found['id']; place: string; fix: string | null }>(
    database,
    ROLES,
  );
  return rows.map(({ id, place, fix }) => ({ id, place, ...(fix !== null && { fix }) }));
});

export const authUsers = check('accounts of Supabase Auth', ['database'], async ({ database }) => {
  if (!(await exists(database, 'auth.users'))) return [];
  const [row] = await rowsOf<{ some: boolean }>(
    database,
    'select exists (select from auth.users) as some',
  );
  return row?.some ? [{ id: 'auth-users-present' }] : [];
});
