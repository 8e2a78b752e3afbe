import type { Claims } from '@cognito-supabase/client';
import { APP_ROLE_CLAIM, AUTHENTICATED_ROLE, ROLE_CLAIM } from '@cognito-supabase/contract/claims';

/** A claim as the panel shows it. */
export interface ClaimLine {
  readonly name: string;
  readonly value: string;
  /** What it is used for, in one line. */
  readonly meaning: string;
  /** Whether its value needs its own line. */
  readonly long: boolean;
}

/** How Supabase will treat the `role` of a token. */
export type RoleVerdict = 'authenticated' | 'missing' | 'other';

/** Checks the claim that access depends on. */
export const judgeRole = (claims: Claims): RoleVerdict => {
  const role = claims[ROLE_CLAIM];
  if (role === undefined) return 'missing';
  return role === AUTHENTICATED_ROLE ? 'authenticated' : 'other';
};

/** The explanation of `role`. */
export const ROLE_MEANINGS: Readonly<Record<RoleVerdict, string>> = {
  authenticated:
    'The Postgres role your queries run as. Cognito leaves it out by itself: the pre-token trigger added it.',
  missing:
    'There is none, so Supabase runs you as anon and shows you nothing. Is the pre-token trigger attached to the pool, with event version V2 or V3? V1 reaches the ID token only.',
  other:
    'Supabase will try to run your queries as this Postgres role. It should be authenticated; a role in your app belongs in a claim of its own.',
};

/** In order of importance. `iat` and `exp` are shown as a time span instead. */
const MEANINGS: readonly (readonly [name: string, meaning: string])[] = [
  ['sub', 'You. Policies compare it with the owner of a row.'],
  [APP_ROLE_CLAIM, 'Your role in this app, for policies to read.'],
  ['cognito:groups', 'Your groups in the pool.'],
  ['email', 'In this token because the deployment asks for it.'],
  ['token_use', 'For calling APIs. The ID token stays here.'],
  ['client_id', 'The app client you came through: it must be trusted.'],
  ['scope', 'For Cognito’s own API. Postgres does not read it.'],
  ['iss', 'The pool that signed it, and where its keys are.'],
];

/** The claims to show, without absent ones. */
export const claimLines = (claims: Claims): readonly ClaimLine[] =>
  MEANINGS.filter(([name]) => claims[name] !== undefined).map(([name, meaning]) => {
    const claim = claims[name];
    const value = Array.isArray(claim) ? claim.join(', ') : String(claim);
    return { name, value, meaning, long: value.length > 28 };
  });
