/** Findings about trust, the directory and the connection to the pool. */
import { error, note, warning } from './entry.ts';

export const DATABASE = {
  'trust-module-missing': warning(
    'the database has no module trust',
    'It accepts each token of the pool: of other app clients, ID tokens, ended sessions, disabled people.',
    'npx cognito-supabase modules add trust',
  ),
  'trust-empty': error(
    'no app client is trusted yet',
    'Each request of a person is refused with PT403.',
    'select cognito_supabase.set_trust(\'[{"issuer": "…", "client_id": "…"}]\')',
  ),
  'trust-other-issuer': error(
    'no trusted app client is of the issuer',
    'Each token of this user pool is refused with PT403.',
    'select cognito_supabase.set_trust(\'[{"issuer": "…", "client_id": "…"}]\')',
  ),
  'trust-other-client': error(
    'the app client is not trusted',
    'Its tokens are refused with PT403.',
    'select cognito_supabase.set_trust(\'[{"issuer": "…", "client_id": "…"}]\')',
  ),
  'trust-client-gone': warning(
    'a trusted app client is not in the user pool',
    'It was deleted or replaced. The app clients that there are may be refused.',
    'select cognito_supabase.set_trust(…) with the app clients of the pool',
  ),
  'trust-issuer-form': warning(
    'a trusted issuer has not the form of a user pool',
    'It is compared to the letter, so no token can have it.',
    'https://cognito-idp.REGION.amazonaws.com/POOL, without a slash at the end',
  ),
  'trust-id-tokens': note(
    'ID tokens of an app client are accepted',
    'An ID token is for the app, and has personal data. An API takes access tokens.',
    'select cognito_supabase.set_trust(…) with "token_use": ["access"]',
  ),
  'pre-request-missing': error(
    'the Data API does not check trust before each request',
    'Tables and functions without the guard accept ended sessions and other app clients.',
    "alter role authenticator set pgrst.db_pre_request = 'cognito_supabase.check_request'; notify pgrst, 'reload config'",
  ),
  'pre-request-other': error(
    'the Data API calls another function before each request',
    'There is one such setting, so trust is not checked.',
    'perform cognito_supabase.check_request() as the first line of that function',
  ),
  'role-settable': error(
    'a token can name a role that policies do not bind',
    'The Data API becomes each role that authenticator is a member of, if a claim says so. This one owns tables, or has rights of an administrator.',
    'revoke ROLE from authenticator, if no token of the app names it',
  ),
  'role-bypasses-rls': error(
    'row-level security does not bind a role of the Data API',
    'Each policy is without effect.',
    'alter role ROLE nobypassrls',
  ),
  'statement-timeout-missing': warning(
    'requests of people have no time limit',
    'A few slow filters hold every connection.',
    "alter role authenticated set statement_timeout = '8s'",
  ),
  'schema-exposed': error(
    'the Data API exposes a private schema',
    'Its tables have no policies for people.',
    'take it out of the exposed schemas: Settings, Data API, or [api] schemas in config.toml',
  ),
  'auth-users-present': note(
    'Supabase Auth has accounts',
    'Their tokens are refused where trust is checked, and accepted where it is not.',
    'docs/move-from-supabase-auth.md',
  ),
  'directory-never-filled': warning(
    'the directory was never filled',
    'Analysts see nobody.',
    'select cognito.refresh(), or npx cognito-supabase directory sync',
  ),
  'directory-stale': warning(
    'the last complete run of the directory is more than a day old',
    'New people are missing, and deleted people are still there.',
    'select cognito.refresh(), or npx cognito-supabase directory sync',
  ),
  'directory-run-failed': warning(
    'the last run of the directory did not complete',
    'It is as old as the last complete run.',
    'select error from cognito.refresh_runs order by id desc limit 1',
  ),
  'directory-run-open': warning(
    'a run of the directory began hours ago and has not ended',
    'It was cut off, or the pool does not answer.',
    'npx cognito-supabase directory sync, which ends it',
  ),
  'schedules-missing': warning(
    'a schedule of the kit is missing',
    'Revocations pile up, or the directory grows old.',
    'select * from cognito_supabase.set_up_schedules(), which also sets back the others',
  ),
  'schedule-off': warning(
    'a schedule of the kit is switched off',
    'Revocations pile up, or the directory grows old.',
    'unless it is off on purpose: select cron.alter_job(job_id => jobid, active => true) from cron.job where jobname = NAME',
  ),
  'schedule-failed': warning(
    'the last run of a schedule failed',
    'Its work was not done.',
    'select return_message from cron.job_run_details order by start_time desc limit 5',
  ),
  'fdw-not-connected': warning(
    'cognito.users is not connected to a pool',
    'Each query on it fails.',
    'select cognito.connect()',
  ),
  'fdw-secret-missing': error(
    'the secret key of cognito.users is not in Vault',
    'Each query on it fails.',
    "select vault.create_secret('KEY', 'cognito_secret_access_key'); select cognito.connect()",
  ),
  'fdw-secret-old': warning(
    'the access key of cognito.users is more than 90 days old',
    'A key that leaked stays usable until it is replaced.',
    'npx cognito-supabase connect --stage STAGE, or make a new key and select cognito.connect()',
  ),
  'fdw-key-in-options': error(
    'the server of cognito.users has the secret key in its options',
    'Every role of the database can read the options of a server.',
    'put it into Vault as cognito_secret_access_key, then select cognito.connect(), and replace the key',
  ),
  'fdw-other-pool': error(
    'cognito.users reads another user pool',
    'The directory has people who cannot sign in, and not those who can.',
    'correct cognito_user_pool_id in Vault, then select cognito.connect()',
  ),
  'fdw-scan-fails': error(
    'cognito.users cannot be read',
    'The credentials are wrong, or the pool does not answer.',
    'select * from cognito.users limit 1, whose message has the reason',
  ),
  'migration-not-applied': warning(
    'a migration of the project is not applied',
    'Code and database differ.',
    'npx supabase migration up, or npx supabase db push',
  ),
  'migration-unknown': warning(
    'the database has a migration that the project does not have',
    'Somebody has applied it from another checkout.',
    'git pull, or npx supabase migration repair',
  ),
};
