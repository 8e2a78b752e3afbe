/**
 * The settings of a stage. Each stage has a file beside this one. The schema (schema/) is the only
 * description of the settings: types and their documentation come from it, and check.ts refuses other
 * settings before a template is made.
 *
 * Settings contain no secrets. They contain the name of a secret in AWS Secrets Manager, in the same
 * account and region, and CloudFormation reads it at deployment.
 */
import type { z } from 'zod';
import type * as clients from './schema/clients.ts';
import type * as pool from './schema/pool.ts';
import type * as stage from './schema/stage.ts';
import type { LOG_DAYS, STAGES } from './schema/stage.ts';

export { LOG_DAYS, STAGES } from './schema/stage.ts';

/** Everything of one stage. */
export type StageSettings = Readonly<z.infer<typeof stage.stageSettings>>;
export type StageName = (typeof STAGES)[number];
export type LogDays = (typeof LOG_DAYS)[number];

export type SupabaseSettings = Readonly<z.infer<typeof stage.supabaseSettings>>;
export type FunctionSettings = Readonly<z.infer<typeof stage.functionSettings>>;
export type SignUpSettings = Readonly<z.infer<typeof stage.signUpSettings>>;
export type SignInSettings = Readonly<z.infer<typeof stage.signInSettings>>;
export type MigrationSettings = Readonly<z.infer<typeof stage.migrationSettings>>;
export type MessageSettings = Readonly<z.infer<typeof stage.messageSettings>>;
export type IdentityPoolSettings = Readonly<z.infer<typeof stage.identityPoolSettings>>;
export type ApiSettings = Readonly<z.infer<typeof stage.apiSettings>>;
export type ReaderSettings = Readonly<z.infer<typeof stage.readerSettings>>;
export type OperationsSettings = Readonly<z.infer<typeof stage.operationsSettings>>;

export type PoolSettings = Readonly<z.infer<typeof pool.poolSettings>>;
/**
 * A pool that this stack does not own. The stack makes the function, and `attach` sets it as the trigger.
 */
export type ExistingPoolSettings = Readonly<z.infer<typeof pool.existingPoolSettings>>;
export type AttributeSettings = Readonly<z.infer<typeof pool.attributeSettings>>;
export type GroupSettings = Readonly<z.infer<typeof pool.groupSettings>>;
export type EmailSettings = Readonly<z.infer<typeof pool.emailSettings>>;
export type PasskeySettings = Readonly<z.infer<typeof pool.passkeySettings>>;
export type RiskSettings = Readonly<z.infer<typeof pool.riskSettings>>;
export type PreTokenSettings = Readonly<z.infer<typeof pool.preTokenSettings>>;
export type TriggerVersion = (typeof pool.TRIGGER_VERSIONS)[number];

export type ClientsSettings = Readonly<z.infer<typeof clients.clientsSettings>>;
export type RedirectSettings = Readonly<z.infer<typeof clients.redirectSettings>>;
export type PublicClientSettings = Readonly<z.infer<typeof clients.publicClientSettings>>;
export type ServerClientSettings = Readonly<z.infer<typeof clients.serverClientSettings>>;
export type MachineClientSettings = Readonly<z.infer<typeof clients.machineClientSettings>>;
export type LoginSettings =
  | Readonly<z.infer<typeof clients.prefixLoginSettings>>
  | Readonly<z.infer<typeof clients.domainLoginSettings>>;
/** Settings of sign-in by other providers. */
export type FederationSettings = Readonly<z.infer<typeof clients.federationSettings>>;
export type OidcSettings = Readonly<z.infer<typeof clients.oidcSettings>>;
/** Attribute of the pool, custom ones with `custom:` → attribute of the provider. */
export type AttributeMap = Readonly<z.infer<typeof clients.attributeMap>>;

/** Whether the stage uses an existing pool. */
export const isExisting = (
  pool: PoolSettings | ExistingPoolSettings,
): pool is ExistingPoolSettings => 'existingId' in pool;
