/**
 * Settings of the pre-token trigger: the environment, read and checked once, at cold start.
 *
 * The whole bundled trigger has 1.5 KB, which a test holds it to, as it runs before every token is
 * issued. Where the code here and in core.ts is terser than elsewhere, that is why.
 */

import { AUTHENTICATED_ROLE } from '@cognito-supabase/contract/claims';
import type { PRE_TOKEN_ENV } from '@cognito-supabase/contract/settings';

/** Claim name → value, or any other JSON object. */
export type Fields = Record<string, unknown>;

/** Is told what was ignored, in one line without any value of an event or of a setting. */
export type Warn = (warning: string) => void;

/** The trigger's environment. All variables are optional, and an empty one counts as unset. */
export type PreTokenEnv = {
  readonly [name in (typeof PRE_TOKEN_ENV)[keyof typeof PRE_TOKEN_ENV]]?: string;
};

/** What the trigger adds beside `role`. A tuple, because property names outlive minification. */
export type PreTokenSettings = readonly [
  /** Groups that can become `app_role`, strongest first. */
  appRoleGroups: readonly string[] | undefined,
  /** Whether access tokens carry the person's verified email. */
  emailClaim: boolean,
  /** App client id, or scope, → claims of machine tokens. */
  machineClaims: Readonly<Record<string, Fields | undefined>>,
];

/**
 * Takes a JSON value for an object, nullish for an empty one, and throws for a string, a number or
 * a boolean, because `in` does. An array passes as an object without any field that matters here:
 * the sample events of Cognito's guide have `[]` where nothing is overridden.
 */
export const objectOf = (value: unknown): Fields => {
  value ??= {};
  '' in (value as object);
  return value as Fields;
};

/**
 * Turns the environment into settings.
 *
 * It never throws: an exception at cold start would refuse every sign-in of the pool. A setting that
 * cannot be used is ignored, so that tokens carry fewer claims and never more, and the warning names
 * the variable and what it takes. From `MACHINE_CLAIMS` it drops, at any depth, the names that no
 * trigger may set and a `role` other than `authenticated`.
 *
 * Source of the names: Cognito developer guide, "Pre token generation Lambda trigger", claims and
 * scopes reference. `scope` is set by `scopesToAdd` alone. `aud` is not among the names: Cognito takes
 * it for an access token, if it is the token's client id.
 *
 * @param env - the environment; the names are in `PRE_TOKEN_ENV`
 * @param warn - called once for everything that is ignored
 */
export const readSettings = (env: PreTokenEnv, warn: Warn): PreTokenSettings => {
  const email = env.EMAIL_CLAIM;
  const emailClaim = email === 'true';
  let machineClaims: PreTokenSettings[2] = {};
  if (email && !emailClaim && email !== 'false') warn('EMAIL_CLAIM takes true/false');
  try {
    // A scope may be called as any object's own methods are; and whatever `warn` may return, undefined
    // is what drops a claim.
    machineClaims = {
      __proto__: null,
      ...objectOf(
        JSON.parse(env.MACHINE_CLAIMS || '{}', (name, value) =>
          /^(cognito:|(sub|iss|exp|iat|nbf|(origin_)?jti|token_use|(client|event)_id|username|version|device_key|auth_time|a[cm]r|azp|nonce|at_hash|identities|scope)$)/.test(
            name,
          ) ||
          (name === 'role' && value !== AUTHENTICATED_ROLE)
            ? void warn(`MACHINE_CLAIMS drops ${name}`)
            : value,
        ),
      ),
    } as unknown as typeof machineClaims;
  } catch {
    warn('MACHINE_CLAIMS takes a JSON object');
  }
  return [
    // Names of groups have no white space in them (CreateGroup, GroupName), so it may separate them.
    env.APP_ROLE_GROUPS?.split(/[\s,]+/),
    emailClaim,
    machineClaims,
  ];
};
