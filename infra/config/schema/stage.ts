/** Everything of one stage, as settings. */
import { z } from 'zod';
import {
  clientsSettings,
  domainLoginSettings,
  federationSettings,
  prefixLoginSettings,
} from './clients.ts';
import { existingPoolSettings, poolSettings, preTokenSettings } from './pool.ts';
import { list, optional, region, text } from './shape.ts';

export const STAGES = ['dev', 'staging', 'prod'] as const;

/** Days that CloudWatch knows. */
export const LOG_DAYS = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731] as const;

export const supabaseSettings = z.strictObject({
  /** `https://REF.supabase.co`. */
  url: text,
  /** `sb_publishable_…` or the older anon key. It is public: browsers have it. */
  publishableKey: text,
  /**
   * Name in Secrets Manager of the secret key, for triggers that act for the service.
   * @default - such triggers get no key
   */
  secretName: optional(text),
});

export const functionSettings = z.strictObject({
  /** @default - 30 */
  logDays: optional(z.literal([...LOG_DAYS])),
  /** X-Ray. @default - false */
  tracing: optional(z.boolean()),
});

export const identityPoolSettings = z.strictObject({
  /** A bucket where each identity has a prefix of its own. @default - false */
  bucket: optional(z.boolean()),
  /** Groups with a role of their own. @default - everybody has the same role */
  groupRoles: optional(list(text)),
  /** Credentials for people who have not signed in. @default - false */
  guests: optional(z.boolean()),
  /** An OpenID Connect provider straight into the identity pool, past the user pool. */
  auth0: optional(
    z.strictObject({
      /** As in `tenant.eu.auth0.com`. */
      domain: text,
      clientIds: list(text),
      /**
       * ARN of the provider in IAM, where one exists: an account has one for a tenant, so the second
       * stage in an account names that of the first, whose client ids must hold its own too.
       * @default - the stack makes one
       */
      providerArn: optional(text),
    }),
  ),
});

export const apiSettings = z.strictObject({
  /** Origins that browsers may call from. */
  corsOrigins: list(text),
  /** Requests a second, and at once. @default - 50 and 100 */
  throttle: optional(z.strictObject({ rate: z.number(), burst: z.int() })),
  /** @default - the address that API Gateway gives */
  domain: optional(
    z.strictObject({
      name: text,
      /** ACM certificate in the region of the stage. */
      certificateArn: text,
    }),
  ),
});

export const readerSettings = z.strictObject({
  /**
   * Makes an access key and keeps it in Secrets Manager. A higher serial makes a new one: see
   * docs/operations.md, rotation.
   * @default - no key: make one by hand
   */
  accessKey: optional(z.strictObject({ serial: z.int() })),
});

export const operationsSettings = z.strictObject({
  /** @default - none */
  alarms: optional(
    z.strictObject({
      /** Gets a mail to confirm. Needed outside dev: alarms have to reach somebody. */
      email: optional(text),
      /** Failed sign-ins in 5 minutes that are too many. @default - 50 */
      failedSignIns: optional(z.int()),
    }),
  ),
  /** @default - false */
  dashboard: optional(z.boolean()),
  /** AWS WAF. @default - none */
  firewall: optional(
    z.strictObject({
      pool: optional(z.boolean()),
      /**
       * AWS WAF cannot stand before an HTTP API; it stands before a CloudFront distribution, which this
       * puts there. Its web ACL lives in us-east-1: made here if that is the stage's region, else named.
       */
      api: optional(z.union([z.boolean(), z.strictObject({ webAclArn: text })])),
      /** Requests in 5 minutes from one address. @default - 1000 */
      requestsPerAddress: optional(z.int()),
      /** Keeps what was blocked in CloudWatch, without tokens and cookies. @default - false */
      logs: optional(z.boolean()),
    }),
  ),
});

export const stageSettings = z.strictObject({
  stage: z.enum(STAGES),
  /** As in `eu-central-1`. Written down, so that a stage cannot land in whatever is configured. */
  region,
  /** @default - the account of the credentials that deploy */
  account: optional(text.regex(/^\d{12}$/, 'is not an account: twelve digits, as a string')),
  /**
   * `destroy` takes users, buckets and logs away with the stack; `retain` keeps them, protects pool
   * and stack from deletion.
   */
  removal: z.enum(['destroy', 'retain']),
  supabase: supabaseSettings,
  /** The user pool: made and owned by the stack, or one that exists. */
  pool: z.union([poolSettings, existingPoolSettings]),
  /** @default - version V3_0, no claim but `role` */
  preToken: optional(preTokenSettings),
  /** @default - logs are kept for 30 days, no tracing */
  functions: optional(functionSettings),
  /** App clients. With an existing pool there are none: `pool.clientIds` names them. */
  clients: optional(clientsSettings),
  /** Managed login and its domain. @default - none: the app has its own forms */
  login: optional(z.union([prefixLoginSettings, domainLoginSettings])),
  /** @default - no sign-in but with an email address and a password */
  federation: optional(federationSettings),
  /** AWS credentials for signed-in people. @default - none */
  identityPool: optional(identityPoolSettings),
  /** @default - no API */
  api: optional(apiSettings),
  /** The IAM user that Postgres reads `cognito.users` with. @default - none */
  reader: optional(readerSettings),
  /** @default - no alarms, no dashboard, no firewall */
  operations: optional(operationsSettings),
  /**
   * Encrypts secrets, logs and alarms with a key of one's own, which costs by month and by use, and can
   * be taken away.
   * @default - keys of AWS
   */
  encryption: optional(z.literal('customer-managed')),
});
