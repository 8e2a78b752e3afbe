/** Settings of the pre-token trigger: the environment, read and checked once, at cold start. */
import { AUTHENTICATED_ROLE } from '@cognito-supabase/contract/claims';
import type { PRE_TOKEN_ENV } from '@cognito-supabase/contract/settings';
import { fieldsOf } from './fields.ts';

/** Gets one line about an ignored setting or event. The line contains no value of either. */
export type Warn = (warning: string) => void;

/** The trigger's environment. All variables are optional, and an empty one counts as unset. */
export type PreTokenEnv = {
  readonly [name in (typeof PRE_TOKEN_ENV)[keyof typeof PRE_TOKEN_ENV]]?: string;
};

/** What the trigger adds to tokens besides `role`. */
export interface PreTokenSettings {
  /** Groups that can become the claim `app_role`, strongest first. */
  readonly appRoleGroups: readonly string[];
  /** Whether access tokens carry the person's verified email. */
  readonly emailClaim: boolean;
  /**
   * App client id or scope → claims of machine tokens. A Map, because other people choose the names of
   * scopes, and a plain object already has `constructor`.
   */
  readonly machineClaims: ReadonlyMap<string, unknown>;
}

/**
 * Claims that Cognito sets itself and lets no trigger change. `scope` is set by `scopesToAdd` alone.
 * `aud` is not among them: Cognito takes it for an access token if it is the token's client id.
 *
 * Source: Cognito developer guide, "Pre token generation Lambda trigger", claims and scopes reference.
 */
const RESERVED_CLAIMS = new Set([
  'acr',
  'amr',
  'at_hash',
  'auth_time',
  'azp',
  'client_id',
  'device_key',
  'event_id',
  'exp',
  'iat',
  'identities',
  'iss',
  'jti',
  'nbf',
  'nonce',
  'origin_jti',
  'scope',
  'sub',
  'token_use',
  'username',
  'version',
]);

export const isReserved = (name: string): boolean =>
  name.startsWith('cognito:') || RESERVED_CLAIMS.has(name);

/** Names of groups cannot contain white space (CreateGroup, GroupName), so it is trimmed. */
const readGroups = (text = ''): readonly string[] =>
  text.split(/[\s,]+/).filter((name) => name !== '');

function readEmailClaim(text: string | undefined, warn: Warn): boolean {
  if (text && text !== 'true' && text !== 'false') warn('EMAIL_CLAIM takes true/false');
  return text === 'true';
}

/** Drops, at any depth, reserved claims and every `role` but `authenticated`. */
export function readMachineClaims(
  text: string | undefined,
  warn: Warn,
): ReadonlyMap<string, unknown> {
  const dropForbidden = (name: string, value: unknown): unknown => {
    const isForbidden = isReserved(name) || (name === 'role' && value !== AUTHENTICATED_ROLE);
    if (!isForbidden) return value;
    warn(`MACHINE_CLAIMS drops ${name}`);
    return undefined;
  };
  try {
    return new Map(Object.entries(fieldsOf(JSON.parse(text || '{}', dropForbidden))));
  } catch {
    warn('MACHINE_CLAIMS takes a JSON object');
    return new Map();
  }
}

/**
 * Turns the environment into settings.
 *
 * It never throws, because an exception at cold start would refuse every sign-in of the pool. A setting
 * that cannot be used is ignored, so tokens carry fewer claims and never more, and the warning names the
 * variable and what it takes.
 *
 * @param env - the environment; the names are in `PRE_TOKEN_ENV`
 * @param warn - called once for everything that is ignored
 */
export const readSettings = (env: PreTokenEnv, warn: Warn): PreTokenSettings => ({
  appRoleGroups: readGroups(env.APP_ROLE_GROUPS),
  emailClaim: readEmailClaim(env.EMAIL_CLAIM, warn),
  machineClaims: readMachineClaims(env.MACHINE_CLAIMS, warn),
});
