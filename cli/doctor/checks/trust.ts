/** Settings of trust against the user pool, and the roles of the Data API. */
import { PRE_REQUEST } from '../../pre-request-setting.ts';
import { cognitoIssuer, isUsable } from '../../token/issuer.ts';
import { check, type Found } from '../check.ts';
import { privateSchemas } from '../kit-schemas.ts';
import { exposedSchemas } from './exposed.ts';
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
  if (found === undefined || found.name === '') return [{ id: 'pre-request-missing' }];
  return found.checks ? [] : [{ id: 'pre-request-other', place: found.name }];
});

/**
 * A role of the project that a token can name is a feature of the Data API, and right if policies bind it. $1: exposed
 * schemas. $2: private schemas.
 */
const ROLES = `
  select 'role-settable' as id, r.rolname::text as place, (
      select format(E'-- only if no token of the app names it, and as %s, which granted it\\nrevoke %I from authenticator granted by %s;',
        m.grantor::regrole, r.rolname, m.grantor::regrole)
      from pg_auth_members as m where m.member = to_regrole('authenticator') and m.roleid = r.oid limit 1) as fix
  from pg_roles as r join pg_roles as a on a.rolname = 'authenticator' and not a.rolsuper
  where r.rolname not in ('anon', 'authenticated', 'service_role', 'authenticator')
    and pg_has_role(a.oid, r.oid, 'member')
    and (r.rolsuper or r.rolbypassrls or r.rolcreaterole or r.rolname ~ '^pg_' or exists (
      select from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
      where c.relowner = r.oid and c.relkind in ('r', 'p') and not c.relforcerowsecurity and n.nspname = any ($1::text[] || $2::text[])))
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
    and trim(schema) = any ($2::text[])`;

export const roles = check('roles of the Data API', ['database'], async (context) => {
  const rows = await rowsOf<{ id: Found['id']; place: string; fix: string | null }>(
    context.database,
    ROLES,
    [await exposedSchemas(context), [...(await privateSchemas(context))]],
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
