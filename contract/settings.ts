/** Names and types of what crosses from one part of the kit to another through the environment. */

/**
 * What a running stack tells other programs, in `.local/stack.env`, one `NAME=value` a line.
 * Tests and tools read nothing else, so they run against any stack that has such a file.
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
 * What a deployment (infra/) tells other programs: the name of the stack output → the environment
 * variable that carries its value. Output names are words, because CloudFormation takes nothing else.
 * An output of a part that a stage does without is missing.
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
  /** Where the record of a login domain of one's own points. */
  LoginDomainTarget: 'COGNITO_LOGIN_DOMAIN_TARGET',
  IdentityPoolId: 'COGNITO_IDENTITY_POOL_ID',
  /** Bucket with a prefix for each identity. */
  IdentityBucket: 'COGNITO_IDENTITY_BUCKET',
  ApiUrl: 'API_URL',
  /** Where the record of the API's own domain points, and the hosted zone that an alias names. */
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

/** Environment of the API's handlers (functions/api). Both are needed; neither is a secret. */
export const API_ENV = {
  supabaseUrl: 'SUPABASE_URL',
  /** `sb_publishable_…`, or the older anon key. */
  publishableKey: 'SUPABASE_PUBLISHABLE_KEY',
  /** Groups of the route, with commas between. Unset: anybody with a token. */
  groups: 'API_GROUPS',
} as const;

/** Environment of a trigger that acts for the service: where the project is, and the key's place. */
export const SERVICE_ENV = {
  supabaseUrl: 'SUPABASE_URL',
  /** Name in Secrets Manager of the Supabase secret key. Never the key itself. */
  secretName: 'SUPABASE_SECRET_NAME',
} as const;

/** One route of the HTTP API. The table of them is functions/api/routes.ts. */
export interface ApiRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Begins with a slash; `{name}` is a path parameter. */
  readonly path: string;
  /** `token`: the gateway lets nobody through without a token of this pool. `none`: open. */
  readonly auth: 'none' | 'token';
  /** The gateway wants one of these scopes in the token. @default - any token of the pool */
  readonly scopes?: readonly string[];
  /** The handler wants the person in one of these groups of the pool. @default - anybody */
  readonly groups?: readonly string[];
  /** The handler's file, relative to functions/. */
  readonly entry: string;
}
