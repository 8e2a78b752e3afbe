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
  /** JSON object, app client id → claims, for tokens of machine clients (client credentials). */
  machineClaims: 'MACHINE_CLAIMS',
} as const;
