/** Names and types of the settings that one part of the kit passes to another. */

/**
 * Settings of a running stack, in `.local/stack.env`, one `NAME=value` on each line. Tests and tools read
 * only this file, so they run against any stack that writes it.
 */
export const STACK_ENV_NAMES = [
  'SUPABASE_URL',
  'SUPABASE_PUBLISHABLE_KEY',
  'SUPABASE_SECRET_KEY',
  /** Connects as `postgres`, as on the hosted platform: no superuser. */
  'SUPABASE_DB_URL',
  'COGNITO_ENDPOINT',
  'COGNITO_ISSUER',
  'COGNITO_REGION',
  'COGNITO_USER_POOL_ID',
  'COGNITO_CLIENT_ID',
  'WEB_URL',
  /** The HTTP API of functions/. */
  'API_URL',
] as const;

export type StackEnv = Readonly<Record<(typeof STACK_ENV_NAMES)[number], string>>;

/** Environment of the pre-token trigger. All are optional; unset adds no claim. */
export const PRE_TOKEN_ENV = {
  /** Comma-separated groups, strongest first; the first that the person is in becomes `app_role`. */
  appRoleGroups: 'APP_ROLE_GROUPS',
  /** `true` adds the person's email to the access token. */
  emailClaim: 'EMAIL_CLAIM',
  /**
   * JSON object, app client id or scope (`RESOURCE-SERVER/SCOPE`) → claims, for tokens of machine
   * clients (client credentials).
   */
  machineClaims: 'MACHINE_CLAIMS',
} as const;

/**
 * Outputs of a deployment (infra/): name of the stack output → name of the environment variable.
 * CloudFormation allows only letters and digits in the names of outputs. A stage without a part has no
 * output of that part.
 */
export const DEPLOY_OUTPUTS = {
  Region: 'COGNITO_REGION',
  UserPoolId: 'COGNITO_USER_POOL_ID',
  /** Claim `iss` of every token of the pool. */
  Issuer: 'COGNITO_ISSUER',
  /** The web client. */
  ClientId: 'COGNITO_CLIENT_ID',
  MobileClientId: 'COGNITO_MOBILE_CLIENT_ID',
  ServerClientId: 'COGNITO_SERVER_CLIENT_ID',
  /** Name in Secrets Manager of the server client's id and secret, as JSON. */
  ServerClientSecretName: 'COGNITO_SERVER_CLIENT_SECRET_NAME',
  MachineClientId: 'COGNITO_MACHINE_CLIENT_ID',
  /** Name in Secrets Manager of the machine client's id and secret, as JSON. */
  MachineClientSecretName: 'COGNITO_MACHINE_CLIENT_SECRET_NAME',
  /** The settings for `select cognito_supabase.set_trust('…')`, as JSON. */
  TrustedClients: 'COGNITO_TRUSTED_CLIENTS',
  /** Where managed login is, and its OAuth 2.0 endpoints. */
  LoginUrl: 'COGNITO_LOGIN_URL',
  /** Target of the DNS record of the login domain. */
  LoginDomainTarget: 'COGNITO_LOGIN_DOMAIN_TARGET',
  IdentityPoolId: 'COGNITO_IDENTITY_POOL_ID',
  /** Bucket with a prefix for each identity. */
  IdentityBucket: 'COGNITO_IDENTITY_BUCKET',
  ApiUrl: 'API_URL',
  /** The REST API beside it. */
  RestApiUrl: 'REST_API_URL',
  /** Target of the DNS record of the API's domain, and the hosted zone for an alias. */
  ApiDomainTarget: 'API_DOMAIN_TARGET',
  ApiDomainHostedZoneId: 'API_DOMAIN_HOSTED_ZONE_ID',
  /** The trigger's function, which `attach` sets on a pool that the stack does not own. */
  PreTokenFunctionArn: 'PRE_TOKEN_FUNCTION_ARN',
  /** IAM user that may list the pool's users and nothing else. */
  ReaderUserName: 'COGNITO_READER_USER_NAME',
  /** Name in Secrets Manager of the reader's access key, as JSON. */
  ReaderSecretName: 'COGNITO_READER_SECRET_NAME',
  AlarmTopicArn: 'ALARM_TOPIC_ARN',
} as const;

export type DeployOutput = keyof typeof DEPLOY_OUTPUTS;

/** Environment of the API's handlers (functions/api). The first four are needed. None is a secret. */
export const API_ENV = {
  supabaseUrl: 'SUPABASE_URL',
  /** `sb_publishable_…`, or the older anon key. */
  publishableKey: 'SUPABASE_PUBLISHABLE_KEY',
  /** Claim `iss` of the pool's tokens. */
  issuer: 'COGNITO_ISSUER',
  /** App clients whose tokens are accepted, with commas between. */
  clientIds: 'COGNITO_CLIENT_IDS',
  /** For routes that change the pool. */
  userPoolId: 'COGNITO_USER_POOL_ID',
  /** Name in Secrets Manager of the secret that webhooks are signed with. */
  webhookSecretName: 'WEBHOOK_SECRET_NAME',
} as const;

/** Environment of a trigger that acts for the service: the project, and the name of its key. */
export const SERVICE_ENV = {
  supabaseUrl: 'SUPABASE_URL',
  /** Name in Secrets Manager of the Supabase secret key. Never the key itself. */
  secretName: 'SUPABASE_SECRET_NAME',
  /** URL of the queue of events that Supabase did not take at once. */
  queueUrl: 'USER_EVENT_QUEUE_URL',
} as const;

/** Environment of the pre-sign-up trigger. Lists are comma-separated. Unset: no rule. */
export const SIGN_UP_ENV = {
  allowDomains: 'SIGN_UP_ALLOW_DOMAINS',
  denyDomains: 'SIGN_UP_DENY_DOMAINS',
  /** `true`: only an administrator can make accounts. */
  invitationsOnly: 'SIGN_UP_INVITATIONS_ONLY',
  /** Identity providers whose verified addresses may open an existing account. */
  linkProviders: 'SIGN_UP_LINK_PROVIDERS',
} as const;

/** Environment of the custom message trigger. */
export const MESSAGE_ENV = {
  /** Name of the app, in each message. */
  appName: 'MESSAGE_APP_NAME',
  /** Language of people without the attribute `locale`, such as `de`. Unset: English. */
  language: 'MESSAGE_LANGUAGE',
  /** Sender of the mail that the functions send themselves: a verified identity of SES. */
  mailFrom: 'MAIL_FROM',
  /** Region of SES. Unset: the region of the function. */
  mailRegion: 'MAIL_REGION',
} as const;

/** Environment of the pre-authentication trigger. */
export const SIGN_IN_ENV = {
  /** `allow` or `refuse`: what happens if the database does not answer. Anything else refuses. */
  whenDown: 'SIGN_IN_WHEN_DOWN',
} as const;

/** Environment of the user migration trigger: the Supabase project whose accounts move to the pool. */
export const MIGRATION_ENV = {
  supabaseUrl: 'OLD_SUPABASE_URL',
  publishableKey: 'OLD_SUPABASE_PUBLISHABLE_KEY',
  /** Name in Secrets Manager of its secret key. */
  secretName: 'OLD_SUPABASE_SECRET_NAME',
} as const;

/** Environment of the post-authentication trigger. Each is `true` or unset. */
export const POST_AUTHENTICATION_ENV = {
  /** Leaves each sign-in to the queue. */
  recordSignIns: 'RECORD_SIGN_INS',
  /** Moves the rows of people who come from Supabase Auth. */
  claimTransfers: 'CLAIM_TRANSFERS',
  /** Sends a mail for a new device. */
  newDeviceMail: 'NEW_DEVICE_MAIL',
} as const;

/** One route of the HTTP API. The table of them is functions/api/routes.ts. */
export interface ApiRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Begins with a slash; `{name}` is a path parameter. */
  readonly path: string;
  /**
   * `token`: the gateway requires a token of this pool. `signature`: the handler checks who has signed the request.
   * `none`: open to everybody.
   */
  readonly auth: 'none' | 'signature' | 'token';
  /** The gateway requires one of these scopes in the token. @default - any token of the pool */
  readonly scopes?: readonly string[];
  /** The handler requires one of these groups of the pool. @default - anybody */
  readonly groups?: readonly string[];
  /** The handler requires a sign-in that is at most so old, in seconds. @default - any */
  readonly signedInWithin?: number;
  /** Deployed only where the settings ask for this part. @default - always */
  readonly part?: 'admin' | 'webhook';
  /** What the handler may do with the user pool, as in `AdminDisableUser`. @default - nothing */
  readonly poolActions?: readonly string[];
  /** Time limit of the handler, in seconds. @default - 5 */
  readonly seconds?: number;
  /** The handler's file, relative to functions/. */
  readonly entry: string;
}
