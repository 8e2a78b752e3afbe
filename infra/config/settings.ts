/**
 * What a stage can be told. Each file beside this one is one stage; the schema (schema/) is the one
 * description of its settings: types and their documentation come from it, and check.ts refuses what it
 * does not know before anything is made of it.
 *
 * Nothing here is a secret: a secret is named as it is called in AWS Secrets Manager, in the same
 * account and region, and CloudFormation looks it up at deployment.
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
export type IdentityPoolSettings = Readonly<z.infer<typeof stage.identityPoolSettings>>;
export type ApiSettings = Readonly<z.infer<typeof stage.apiSettings>>;
export type ReaderSettings = Readonly<z.infer<typeof stage.readerSettings>>;
export type OperationsSettings = Readonly<z.infer<typeof stage.operationsSettings>>;

export type PoolSettings = Readonly<z.infer<typeof pool.poolSettings>>;
/** A pool that this stack does not own: it gets the function, and `attach` sets it as trigger. */
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
/** What a stage can be told about sign-in by other providers. */
export type FederationSettings = Readonly<z.infer<typeof clients.federationSettings>>;
export type OidcSettings = Readonly<z.infer<typeof clients.oidcSettings>>;
/** Attribute of the pool, custom ones with `custom:` → attribute of the provider. */
export type AttributeMap = Readonly<z.infer<typeof clients.attributeMap>>;

/** Whether the stage brings a pool that exists. */
export const isExisting = (
  pool: PoolSettings | ExistingPoolSettings,
): pool is ExistingPoolSettings => 'existingId' in pool;
