/**
 * What a stage can be told. Each file beside this one is one stage; check.ts refuses what cannot
 * work before anything is made of it.
 *
 * Nothing here is a secret: a secret is named as it is called in AWS Secrets Manager, in the same
 * account and region, and CloudFormation looks it up at deployment.
 */

import type { FederationSettings } from './federation-settings.ts';

export const STAGES = ['dev', 'staging', 'prod'] as const;
export type StageName = (typeof STAGES)[number];

/** Everything of one stage. */
export interface StageSettings {
  readonly stage: StageName;
  /** As in `eu-central-1`. Written down, so that a stage cannot land in whatever is configured. */
  readonly region: string;
  /** @default - the account of the credentials that deploy */
  readonly account?: string;
  /**
   * `destroy` takes users, buckets and logs away with the stack; `retain` keeps them, protects pool
   * and stack from deletion.
   */
  readonly removal: 'destroy' | 'retain';
  readonly supabase: SupabaseSettings;
  /** The user pool: made and owned by the stack, or one that exists. */
  readonly pool: PoolSettings | ExistingPoolSettings;
  /** @default - version V3_0, no claim but `role` */
  readonly preToken?: PreTokenSettings;
  /** @default - logs are kept for 30 days, no tracing */
  readonly functions?: FunctionSettings;
  /** App clients. With an existing pool there are none: `pool.clientIds` names them. */
  readonly clients?: ClientsSettings;
  /** Managed login and its domain. @default - none: the app has its own forms */
  readonly login?: LoginSettings;
  /** @default - no sign-in but with an email address and a password */
  readonly federation?: FederationSettings;
  /** AWS credentials for signed-in people. @default - none */
  readonly identityPool?: IdentityPoolSettings;
  /** @default - no API */
  readonly api?: ApiSettings;
  /** The IAM user that Postgres reads `cognito.users` with. @default - none */
  readonly reader?: ReaderSettings;
  /** @default - no alarms, no dashboard, no firewall */
  readonly operations?: OperationsSettings;
}

export interface SupabaseSettings {
  /** `https://REF.supabase.co`. */
  readonly url: string;
  /** `sb_publishable_…` or the older anon key. It is public: browsers have it. */
  readonly publishableKey: string;
  /**
   * Name in Secrets Manager of the secret key, for triggers that act for the service.
   * @default - such triggers get no key
   */
  readonly secretName?: string;
}

export interface PoolSettings {
  /** @default - ESSENTIALS, and PLUS where threatProtection is set */
  readonly plan?: 'LITE' | 'ESSENTIALS' | 'PLUS';
  /** Whether people sign themselves up. @default - true */
  readonly selfSignUp?: boolean;
  /** @default - 12 characters, the last 5 passwords refused */
  readonly password?: { readonly minLength?: number; readonly history?: number };
  /** Second factor by an authenticator app. @default - optional */
  readonly mfa?: 'off' | 'optional' | 'required';
  /** Also by SMS, which costs per message and can be intercepted. @default - false */
  readonly sms?: boolean;
  /** Passkeys as a first factor. @default - none */
  readonly passkeys?: {
    /** Domain that passkeys belong to. With a custom login domain, that domain. */
    readonly relyingPartyId: string;
    /** @default - preferred */
    readonly userVerification?: 'preferred' | 'required';
  };
  /** Compromised passwords and risky sign-ins; needs PLUS. @default - off */
  readonly threatProtection?: 'audit' | 'enforce';
  /** Custom attributes by name, without `custom:`. They can be added later, never removed. */
  readonly attributes?: Readonly<Record<string, AttributeSettings>>;
  /** Groups, strongest first: their order is their precedence. @default - none */
  readonly groups?: readonly GroupSettings[];
  /** Sender of mail. @default - Cognito's own, limited to 50 mails a day */
  readonly email?: EmailSettings;
}

export interface AttributeSettings {
  readonly type: 'string' | 'number' | 'boolean' | 'datetime';
  /** Largest length or number. @default - Cognito's limit */
  readonly max?: number;
  /** @default - true. Cognito refuses sign-in by a provider that is mapped to an immutable one */
  readonly mutable?: boolean;
}

export interface GroupSettings {
  readonly name: string;
  readonly description?: string;
}

export interface EmailSettings {
  /** Address of a domain that is verified in SES. */
  readonly from: string;
  readonly fromName?: string;
  readonly replyTo?: string;
  /** Verified domain in SES. @default - the domain of `from` */
  readonly verifiedDomain?: string;
  /** Region of SES. @default - the region of the stage */
  readonly sesRegion?: string;
}

/** A pool that this stack does not own: it gets the function, and `attach` sets it as trigger. */
export interface ExistingPoolSettings {
  /** As in `eu-central-1_a1B2c3D4e`. */
  readonly existingId: string;
  /** App clients whose tokens the API takes. */
  readonly clientIds: readonly string[];
}

export type TriggerVersion = 'V1_0' | 'V2_0' | 'V3_0';

export interface PreTokenSettings {
  /**
   * V3_0 fires for people and machines, V2_0 for people, V1_0 changes the ID token only, so the web
   * app's access token stays without `role`.
   * @default - V3_0
   */
  readonly version?: TriggerVersion;
  /** Why not V3_0. Needed then. */
  readonly versionReason?: string;
  /** Groups that become the claim `app_role`, strongest first. @default - none */
  readonly appRoleGroups?: readonly string[];
  /** Adds the verified email to access tokens. @default - false */
  readonly emailClaim?: boolean;
  /** App client id → claims of its machine tokens. @default - none */
  readonly machineClaims?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** Days that CloudWatch knows. */
export const LOG_DAYS = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731] as const;
export type LogDays = (typeof LOG_DAYS)[number];

export interface FunctionSettings {
  /** @default - 30 */
  readonly logDays?: LogDays;
  /** X-Ray. @default - false */
  readonly tracing?: boolean;
}

export interface ClientsSettings {
  /** Browser app. */
  readonly web: PublicClientSettings;
  readonly mobile?: PublicClientSettings;
  /** Server-rendered app: has a secret. */
  readonly server?: RedirectSettings;
  /** Programs: a secret, and scopes of a resource server. */
  readonly machine?: MachineClientSettings;
}

export interface RedirectSettings {
  /** Exact URLs, no wildcards. https outside dev; a mobile app may have a scheme of its own. */
  readonly callbackUrls: readonly string[];
  readonly logoutUrls: readonly string[];
}

export interface PublicClientSettings extends RedirectSettings {
  /** Access and ID token. @default - 60 */
  readonly tokenMinutes?: number;
  /** @default - 30 */
  readonly refreshDays?: number;
}

export interface MachineClientSettings {
  /** Identifier of the resource server, as in `https://api.example.com`. */
  readonly resourceServer: string;
  /** Scope name → what it allows. */
  readonly scopes: Readonly<Record<string, string>>;
}

export type LoginSettings = {
  /** Settings document of the branding designer. @default - Cognito's own look */
  readonly branding?: Readonly<Record<string, unknown>>;
} & (
  | {
      /** Prefix of `PREFIX.auth.REGION.amazoncognito.com`; unique in the region. */
      readonly prefix: string;
    }
  | {
      /** A domain of one's own, whose parent domain has an A record. */
      readonly domain: string;
      /** ACM certificate in us-east-1, where Cognito wants it whatever the pool's region. */
      readonly certificateArn: string;
    }
);

export interface IdentityPoolSettings {
  /** A bucket where each identity has a prefix of its own. @default - false */
  readonly bucket?: boolean;
  /** Groups with a role of their own. @default - everybody has the same role */
  readonly groupRoles?: readonly string[];
  /** Credentials for people who have not signed in. @default - false */
  readonly guests?: boolean;
  /** An OpenID Connect provider straight into the identity pool, past the user pool. */
  readonly auth0?: {
    /** As in `tenant.eu.auth0.com`. */
    readonly domain: string;
    readonly clientIds: readonly string[];
  };
}

export interface ApiSettings {
  /** Origins that browsers may call from. */
  readonly corsOrigins: readonly string[];
  /** Requests a second, and at once. @default - 50 and 100 */
  readonly throttle?: { readonly rate: number; readonly burst: number };
  /** @default - the address that API Gateway gives */
  readonly domain?: {
    readonly name: string;
    /** ACM certificate in the region of the stage. */
    readonly certificateArn: string;
  };
}

export interface ReaderSettings {
  /**
   * Makes an access key and keeps it in Secrets Manager. A higher serial makes a new one: see
   * docs/deploy.md, rotation.
   * @default - no key: make one by hand
   */
  readonly accessKey?: { readonly serial: number };
}

export interface OperationsSettings {
  /** @default - none */
  readonly alarms?: {
    /** Gets a mail to confirm. @default - the topic has no subscriber */
    readonly email?: string;
    /** Failed sign-ins in 5 minutes that are too many. @default - 50 */
    readonly failedSignIns?: number;
  };
  /** @default - false */
  readonly dashboard?: boolean;
  /** AWS WAF. @default - none */
  readonly firewall?: {
    readonly pool?: boolean;
    /**
     * AWS WAF cannot stand before an HTTP API; it stands before a CloudFront distribution, which this
     * puts there. Its web ACL lives in us-east-1: made here if that is the stage's region, else named.
     */
    readonly api?: boolean | { readonly webAclArn: string };
    /** Requests in 5 minutes from one address. @default - 1000 */
    readonly requestsPerAddress?: number;
  };
}

/** Whether the stage brings a pool that exists. */
export const isExisting = (
  pool: PoolSettings | ExistingPoolSettings,
): pool is ExistingPoolSettings => 'existingId' in pool;
