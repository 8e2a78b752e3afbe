/** First factors of a choice-based sign-in: what a pool allows, and what a user has. */
import type { UserRecord } from '../../store/records.ts';
import type { Pool } from '../pool/pool.ts';
import { isVerified } from '../users/attributes.ts';

const FACTORS = ['PASSWORD', 'EMAIL_OTP', 'SMS_OTP', 'WEB_AUTHN'] as const;
export type Factor = (typeof FACTORS)[number];

/** AWS's default is the password only. */
function allowedFactors({ store }: Pool): readonly Factor[] {
  const allowed: readonly string[] = store.settings.Policies?.SignInPolicy
    ?.AllowedFirstAuthFactors ?? ['PASSWORD'];
  return FACTORS.filter((factor) => allowed.includes(factor));
}

/** The factors of a user. Of a name that nobody has: all that the pool allows. */
export function factorsOf(pool: Pool, user: UserRecord | undefined): readonly Factor[] {
  const allowed = allowedFactors(pool);
  if (user === undefined) return allowed;
  const has: Readonly<Record<Factor, boolean>> = {
    PASSWORD: user.password !== '',
    EMAIL_OTP: isVerified(user, 'email'),
    SMS_OTP: isVerified(user, 'phone_number'),
    WEB_AUTHN: (user.passkeys ?? []).length > 0,
  };
  return allowed.filter((factor) => has[factor]);
}
