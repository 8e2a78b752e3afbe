/** Trust, roles, directory and connection that are wrong, each by the SQL that breaks a right database. */
import { type DatabaseRow, row } from './doctor-row.ts';
import { TABLE_ROWS } from './doctor-table-rows.ts';

/** Changes a secret in Vault. */
const secret = (name: string, value: string): string =>
  `select vault.update_secret((select id from vault.secrets where name = '${name}'), '${value}');`;

const trust = (clients: string): string => `select cognito_supabase.set_trust('[${clients}]')`;
const COGNITO = 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbC';

/** @param issuer of the stack @param client its app client */
const trustRows = (issuer: string, client: string) => {
  const own = `{"issuer": "${issuer}", "client_id": "${client}"}`;
  return [
    row('trust-empty', 'no settings', trust('')),
    row(
      'trust-other-issuer',
      'the pool of another stage',
      trust(`{"issuer": "${COGNITO}", "client_id": "${client}"}`),
    ),
    row(
      'trust-other-client',
      'a client that was replaced',
      trust(`{"issuer": "${issuer}", "client_id": "replaced"}`),
    ),
    row(
      'trust-issuer-form',
      'a slash at the end',
      trust(`${own}, {"issuer": "${COGNITO}/", "client_id": "2"}`),
    ),
    row(
      'trust-issuer-form',
      'the newer form',
      trust(
        `${own}, {"issuer": "${COGNITO.replace('cognito-idp', 'issuer-cognito-idp')}", "client_id": "2"}`,
      ),
    ),
    row(
      'trust-id-tokens',
      'both kinds',
      trust(`{"issuer": "${issuer}", "client_id": "${client}", "token_use": ["access", "id"]}`),
    ),
  ];
};

const ROLES = [
  row(
    'pre-request-missing',
    'the setting was reset',
    'alter role authenticator reset pgrst.db_pre_request',
  ),
  row(
    'pre-request-other',
    'a function of the project',
    `create function public.mine() returns void language sql as 'select'; alter role authenticator set pgrst.db_pre_request = 'public.mine'`,
  ),
  row(
    'role-settable',
    'the owner of a table',
    `create role doctor_owner; grant doctor_owner to authenticator; grant create on schema public to doctor_owner;
     create table public.theirs (id int); alter table public.theirs owner to doctor_owner`,
  ),
  row(
    'role-settable',
    'by another role',
    `create role doctor_admin createrole; create role doctor_editor; grant doctor_admin to doctor_editor;
     grant doctor_editor to authenticator`,
  ),
  row('role-bypasses-rls', 'authenticated', 'alter role authenticated bypassrls'),
  row(
    'statement-timeout-missing',
    'it was reset',
    'alter role authenticated reset statement_timeout',
  ),
  row('statement-timeout-missing', 'it is 0', 'alter role authenticated set statement_timeout = 0'),
  row('auth-users-present', 'an account', 'insert into auth.users (id) values (gen_random_uuid())'),
];

const DIRECTORY = [
  row('directory-never-filled', 'no run', 'delete from cognito.refresh_runs'),
  row(
    'directory-stale',
    'two days',
    `update cognito.refresh_runs set started_at = started_at - interval '2 days'`,
  ),
  row(
    'directory-run-failed',
    'an error',
    `insert into cognito.refresh_runs (source, ended_at, error) values ('refresh', now(), 'the pool did not answer')`,
  ),
  row(
    'directory-run-open',
    'since three hours',
    `insert into cognito.refresh_runs (source, started_at) values ('sync', now() - interval '3 hours')`,
  ),
  row(
    'schedules-missing',
    'a job was unscheduled',
    `delete from cron.job where jobname = 'sweep-revocations'`,
  ),
  row(
    'schedule-off',
    'a job is not active',
    `update cron.job set active = false where jobname = 'sweep-revocations'`,
  ),
  row(
    'schedule-failed',
    'its last run',
    `insert into cron.job_run_details (jobid, status, return_message, start_time) select jobid, 'failed', 'no', now() from cron.job limit 1`,
  ),
  row(
    'migration-not-applied',
    'one is not recorded',
    `delete from supabase_migrations.schema_migrations where version = '20261121180000'`,
  ),
  row(
    'migration-unknown',
    'one of another checkout',
    `insert into supabase_migrations.schema_migrations (version) values ('20990101000000')`,
  ),
];

const CONNECTION = [
  row(
    'fdw-not-connected',
    'as the migration leaves it',
    'drop server cognito_server cascade; select cognito.create_users()',
  ),
  row(
    'fdw-secret-missing',
    'it was deleted',
    `delete from vault.secrets where name = 'cognito_secret_access_key'`,
  ),
  row(
    'fdw-other-pool',
    'the pool of another stage',
    `${secret('cognito_user_pool_id', 'local-1_Other')} select cognito.connect()`,
  ),
  row(
    'fdw-scan-fails',
    'nothing answers',
    `${secret('cognito_endpoint_url', 'http://127.0.0.1:9')} select cognito.connect()`,
  ),
];

/** @param issuer of the stack @param client its app client */
export const databaseRows = (issuer: string, client: string): readonly DatabaseRow[] => [
  ...TABLE_ROWS,
  ...trustRows(issuer, client),
  ...ROLES,
  ...DIRECTORY,
  ...CONNECTION,
];
