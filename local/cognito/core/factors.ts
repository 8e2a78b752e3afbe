/** First factors of a choice-based sign-in: what a pool allows, and what a user has. */
import type { UserRecord } from '../store/records.ts';
import { attributeOf } from './attributes.ts';
import type { Pool } from './pool.ts';

export type Factor = 'PASSWORD' | 'EMAIL_OTP';

/** AWS's default is the password only. Codes by SMS and passkeys are not offered here. */
function allowedFactors({ store }: Pool): readonly Factor[] {
  const allowed: readonly string[] = store.settings.Policies?.SignInPolicy
    ?.AllowedFirstAuthFactors ?? ['PASSWORD'];
  return (['PASSWORD', 'EMAIL_OTP'] as const).filter((factor) => allowed.includes(factor));
}

/** The factors of a user. Of a name that nobody has: all that the pool allows. */
export function factorsOf(pool: Pool, user: UserRecord | undefined): readonly Factor[] {
  const allowed = allowedFactors(pool);
  if (user === undefined) return allowed;
  const has: Readonly<Record<Factor, boolean>> = {
    PASSWORD: user.password !== '',
    EMAIL_OTP: attributeOf(user, 'email_verified') === 'true',
  };
  return allowed.filter((factor) => has[factor]);
}
