/** All checks, from the outside in. */
import type { Check } from '../check.ts';
import { alarms, functions, pool } from './cloud.ts';
import { config } from './config.ts';
import { directory, foreignUsers, migrations, schedules } from './directory.ts';
import { functionCode } from './function-code.ts';
import { accounts, dataApiSettings, deployedFunctions } from './hosted.ts';
import { clocks, issuer } from './issuer.ts';
import { policies } from './policies.ts';
import { realtime } from './realtime.ts';
import { registration } from './registration.ts';
import { guarded, openings, platformTables } from './tables.ts';
import {
  authSettings,
  dataApi,
  dataApiWithToken,
  edgeFunctions,
  storage,
  tokens,
  tokenTrust,
} from './token.ts';
import { authUsers, preRequest, roles, trust, trustedClients } from './trust.ts';

export const CHECKS: readonly Check[] = [
  issuer,
  clocks,
  pool,
  functions,
  functionCode,
  alarms,
  registration,
  accounts,
  deployedFunctions,
  dataApiSettings,
  config,
  tokens,
  dataApi,
  dataApiWithToken,
  storage,
  realtime,
  edgeFunctions,
  authSettings,
  trust,
  trustedClients,
  tokenTrust,
  preRequest,
  roles,
  guarded,
  platformTables,
  openings,
  policies,
  authUsers,
  foreignUsers,
  directory,
  schedules,
  migrations,
];
