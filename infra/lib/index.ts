/** The constructs of the kit. `CognitoForSupabase` is the usual one; the others are its parts, and what goes around it. */
export type { ApiRoute } from '@cognito-supabase/contract/settings';
export type {
  MessageSettings,
  MigrationSettings,
  PoolSettings,
  PreTokenSettings,
  SignInSettings,
  SignUpSettings,
  SupabaseSettings,
} from '../config/settings.ts';
export { Alarms, type AlarmsProps } from './constructs/alarms.ts';
export { ApiFunctions, type ApiFunctionsProps } from './constructs/api-functions.ts';
export { AppClients, type AppClientsProps } from './constructs/app-clients.ts';
export type { FunctionDefaults } from './constructs/bundled-function.ts';
export {
  CognitoForSupabase,
  type CognitoForSupabaseProps,
} from './constructs/cognito-for-supabase.ts';
export {
  ConnectOutputs,
  type ConnectOutputsProps,
  type TrustedClient,
} from './constructs/connect-outputs.ts';
export { Federation, type FederationProps } from './constructs/federation.ts';
export {
  GuardedDistribution,
  type GuardedDistributionProps,
} from './constructs/guarded-distribution.ts';
export { HttpApi, type HttpApiProps } from './constructs/http-api.ts';
export { IdentityPool, type IdentityPoolProps } from './constructs/identity-pool.ts';
export { KitDashboard, type KitDashboardProps } from './constructs/kit-dashboard.ts';
export { LoginDomain, type LoginDomainProps } from './constructs/login-domain.ts';
export { OtherTriggers, type OtherTriggersProps } from './constructs/other-triggers.ts';
export { PoolLogs, type PoolLogsProps } from './constructs/pool-logs.ts';
export { PreTokenTrigger, type PreTokenTriggerProps } from './constructs/pre-token-trigger.ts';
export { Reader, type ReaderProps } from './constructs/reader.ts';
export { RestApi, type RestApiProps } from './constructs/rest-api.ts';
export { StageKey } from './constructs/stage-key.ts';
export { ThreatProtection, type ThreatProtectionProps } from './constructs/threat-protection.ts';
export { UserEventQueue, type UserEventQueueProps } from './constructs/user-event-queue.ts';
export { KitUserPool, type KitUserPoolProps } from './constructs/user-pool.ts';
export { type LogsOfFirewall, WebAcl, type WebAclProps } from './constructs/web-acl.ts';
export { type ApiPart, readRoutes } from './routes.ts';
