/** The Lambda entry of the user migration trigger. infra/ bundles this file. */
import { MIGRATION_ENV } from '@cognito-supabase/contract/settings';
import { rpcFromEnvironment, warn } from '../service/environment.ts';
import { counter } from '../service/metrics.ts';
import { userMigration } from './core.ts';
import { oldAccounts } from './old-accounts.ts';
import { passwordChecker } from './supabase-auth.ts';

const url = (process.env[MIGRATION_ENV.supabaseUrl] ?? '').replace(/\/+$/, '');
const publishableKey = process.env[MIGRATION_ENV.publishableKey] ?? '';
const rpc = rpcFromEnvironment(process.env);

export const handler = userMigration({
  checkPassword: passwordChecker({ url, publishableKey }),
  // By default the old accounts are in the same project.
  ...oldAccounts(rpc, rpcFromEnvironment(process.env, MIGRATION_ENV)),
  count: counter('UserMigration'),
  warn,
});
