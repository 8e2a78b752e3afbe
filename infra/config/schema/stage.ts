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

/** Retention times of CloudWatch, in days. */
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
  /**
   * Tells the directory of each sign-in, through a queue. It costs one more function call for each, and needs
   * `secretName`.
   * @default - false
   */
  recordSignIns: optional(z.boolean()),
});

export const signUpSettings = z.strictObject({
  /** As in `example.com`, or `*.example.com` for all below it. @default - every domain */
  allowDomains: optional(list(text)),
  /** Stronger than `allowDomains`. @default - none */
  denyDomains: optional(list(text)),
  /**
   * Only an administrator can make accounts. People with such an account can also sign in by a provider of
   * `linkProviders`.
   * @default - false
   */
  invitationsOnly: optional(z.boolean()),
  /**
   * Providers in `federation` whose verified addresses open the account that has the address. Only name one
   * that checks addresses itself: who can choose an address there can take over the account.
   * @default - none; an account of a provider is always a user of its own
   */
  linkProviders: optional(list(text)),
});

export const signInSettings = z.strictObject({
  /**
   * Disabled people and blocked addresses do not sign in: the pre-authentication trigger asks the database
   * (module accounts). This is what happens if the database does not answer.
   */
  whenDown: z.enum(['allow', 'refuse']),
});

export const migrationSettings = z.strictObject({
  /** `https://REF.supabase.co` of the project that people come from. @default - `supabase.url` */
  url: optional(text),
  /** Its publishable key. @default - `supabase.publishableKey` */
  publishableKey: optional(text),
  /** Name in Secrets Manager of its secret key. @default - `supabase.secretName` */
  secretName: optional(text),
});

export const messageSettings = z.strictObject({
  /** Name of the app, in each mail and SMS. */
  appName: text.max(40, 'has more than 40 characters, and an SMS only 140'),
  /** For people without the attribute `locale`, such as `de`. @default - en */
  language: optional(text.regex(/^[a-z]{2}$/, 'is not a language: two small letters')),
  /** A mail when somebody signs in on a new device. Needs `pool.email`. @default - false */
  newDevice: optional(z.boolean()),
  /**
   * Sign-in with a one-time code by mail, as a custom challenge, for pools without EMAIL_OTP. Needs
   * `pool.email`. Cognito asks for no second factor after a custom challenge. @default - false
   */
  signInCodes: optional(z.boolean()),
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
  /** Groups with their own role. @default - everybody has the same role */
  groupRoles: optional(list(text)),
  /** Credentials for people who have not signed in. @default - false */
  guests: optional(z.boolean()),
  /** An OpenID Connect provider directly in the identity pool, without the user pool. */
  auth0: optional(
    z.strictObject({
      /** As in `tenant.eu.auth0.com`. */
      domain: text,
      clientIds: list(text),
      /**
       * ARN of an existing provider in IAM. An account has one provider for a tenant, so the second stage
       * in an account names the provider of the first. That provider must have this stage's client ids.
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
  /** @default - the URL of API Gateway */
  domain: optional(
    z.strictObject({
      name: text,
      /** ACM certificate in the region of the stage. */
      certificateArn: text,
    }),
  ),
  /**
   * The routes for administrators and support. They need the groups admin and support in the pool, and module
   * accounts in the database. @default - false
   */
  admin: optional(z.boolean()),
  /** `POST /auth/webhook`. Needs `supabase.secretName`. @default - none */
  webhook: optional(
    z.strictObject({
      /** Name in Secrets Manager of the secret that senders sign with: `whsec_` and base64. */
      secretName: text,
    }),
  ),
  /**
   * A function for each route, with the rights of that route alone; or one for all, which is started less often.
   * @default - each
   */
  functions: optional(z.enum(['each', 'one'])),
  /** A REST API beside it, with the same routes and an authorizer of the user pool. @default - false */
  rest: optional(z.boolean()),
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
      /** Gets a mail to confirm. Required outside dev, because alarms have to reach somebody. */
      email: optional(text),
      /** Number of failed sign-ins in 5 minutes that raises the alarm. @default - 50 */
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
       * AWS WAF does not work with an HTTP API, so this puts a CloudFront distribution with a web ACL
       * before it. The web ACL is in us-east-1. It is made here if that is the stage's region, else
       * named.
       */
      api: optional(z.union([z.boolean(), z.strictObject({ webAclArn: text })])),
      /** Requests in 5 minutes from one address. @default - 1000 */
      requestsPerAddress: optional(z.int()),
      /** Logs blocked requests in CloudWatch, without tokens and cookies. @default - false */
      logs: optional(z.boolean()),
    }),
  ),
});

export const stageSettings = z.strictObject({
  stage: z.enum(STAGES),
  /**
   * Such as `eu-central-1`. Required, so that a stage is not deployed to the region that happens to be
   * configured.
   */
  region,
  /** @default - the account of the credentials that deploy */
  account: optional(text.regex(/^\d{12}$/, 'is not an account: twelve digits, as a string')),
  /**
   * `destroy` deletes users, buckets and logs with the stack. `retain` keeps them, and protects pool and
   * stack from deletion.
   */
  removal: z.enum(['destroy', 'retain']),
  supabase: supabaseSettings,
  /** The user pool: owned by the stack, or an existing one. */
  pool: z.union([poolSettings, existingPoolSettings]),
  /** @default - version V3_0, no claim but `role` */
  preToken: optional(preTokenSettings),
  /** @default - logs are kept for 30 days, no tracing */
  functions: optional(functionSettings),
  /** Rules by the kit's pre-sign-up trigger. @default - none */
  signUp: optional(signUpSettings),
  /** Checks at each sign-in by the kit's pre-authentication trigger. @default - none */
  signIn: optional(signInSettings),
  /**
   * People of a Supabase Auth project sign in with their old password and keep their rows. Needs
   * `supabase.secretName`. Clients send passwords to Cognito then (USER_PASSWORD_AUTH), not proofs of them.
   * @default - nobody comes from there
   */
  migration: optional(migrationSettings),
  /** Mail and SMS by the kit's custom message trigger. @default - the texts of Cognito */
  messages: optional(messageSettings),
  /** App clients. With an existing pool, `pool.clientIds` names them instead. */
  clients: optional(clientsSettings),
  /** Managed login and its domain. @default - none, if the app has its own forms */
  login: optional(z.union([prefixLoginSettings, domainLoginSettings])),
  /** @default - sign-in by email address and password only */
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
   * Encrypts secrets, logs and alarms with a customer-managed key. It costs by month and by use, and can
   * be revoked.
   * @default - keys of AWS
   */
  encryption: optional(z.literal('customer-managed')),
});
