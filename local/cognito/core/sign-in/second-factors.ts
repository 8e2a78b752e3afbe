/** Second factors: which of them a pool has, which a user has, and which is asked. */
import { randomInt } from 'node:crypto';
import type { PoolRecord, UserRecord } from '../../store/records.ts';
import { awsError } from '../errors.ts';
import type { Pool } from '../pool/pool.ts';
import { attributeOf } from '../users/attributes.ts';
import { deliver, deliveryTo } from '../users/delivery.ts';
import type { Entry } from './entry.ts';
import { checkTotp } from './totp.ts';

export const SECOND_FACTORS = ['SMS_MFA', 'SOFTWARE_TOKEN_MFA', 'EMAIL_OTP'] as const;
export type SecondFactor = (typeof SECOND_FACTORS)[number];

/** Where a factor sends its code. An authenticator app needs none. */
const CONTACTS = { SMS_MFA: 'phone_number', EMAIL_OTP: 'email' } as const;

/** The factors that a pool has. */
export function offeredFactors(pool: PoolRecord): readonly SecondFactor[] {
  if ((pool.MfaConfiguration ?? 'OFF') === 'OFF') return [];
  const isOffered: Readonly<Record<SecondFactor, boolean>> = {
    SMS_MFA: pool.SmsMfaConfiguration !== undefined,
    SOFTWARE_TOKEN_MFA: pool.SoftwareTokenMfaConfiguration?.Enabled ?? false,
    EMAIL_OTP: pool.EmailMfaConfiguration !== undefined,
  };
  return SECOND_FACTORS.filter((factor) => isOffered[factor]);
}

/** Whether a user has what a factor needs. */
export const canUse = (user: UserRecord, factor: SecondFactor): boolean =>
  factor === 'SOFTWARE_TOKEN_MFA'
    ? user.softwareToken?.verified === true
    : attributeOf(user, CONTACTS[factor]) !== undefined;

/**
 * The factors that a user may be asked for: those that the user has chosen. If the user has chosen none and the
 * pool requires a second factor, every factor that the user can use.
 */
export function factorsOfUser(pool: PoolRecord, user: UserRecord): readonly SecondFactor[] {
  const usable = offeredFactors(pool).filter((factor) => canUse(user, factor));
  const chosen = usable.filter((factor) => user.UserMFASettingList?.includes(factor));
  if (chosen.length > 0 || pool.MfaConfiguration !== 'ON') return chosen;
  return usable;
}

export type Asked =
  | { readonly ask: 'nothing' }
  | { readonly ask: 'MFA_SETUP'; readonly factors: readonly SecondFactor[] }
  | { readonly ask: 'SELECT_MFA_TYPE'; readonly factors: readonly SecondFactor[] }
  | { readonly ask: SecondFactor };

/** What is asked of a user after the password. */
export function secondFactorFor({ store: { settings } }: Pool, user: UserRecord): Asked {
  const factors = factorsOfUser(settings, user);
  const preferred = factors.find((factor) => factor === user.PreferredMfaSetting);
  const [first] = factors;
  if (preferred !== undefined) return { ask: preferred };
  if (first === undefined)
    return settings.MfaConfiguration === 'ON'
      ? { ask: 'MFA_SETUP', factors: offeredFactors(settings) }
      : { ask: 'nothing' };
  return factors.length === 1 ? { ask: first } : { ask: 'SELECT_MFA_TYPE', factors };
}

/** Sends the code of a factor, if it has one. */
export async function sendFactorCode(
  pool: Pool,
  { user, client, clientMetadata }: Entry,
  factor: SecondFactor,
) {
  if (factor === 'SOFTWARE_TOKEN_MFA') return undefined;
  const code = String(randomInt(1e6)).padStart(6, '0');
  const contact = CONTACTS[factor];
  const delivery = { kind: 'Authentication', user, contact, code } as const;
  await deliver(pool, { ...delivery, clientId: client.ClientId, metadata: clientMetadata });
  return { code, ...deliveryTo(contact, attributeOf(user, contact) ?? '') };
}

/** @throws CognitoError `CodeMismatchException` */
export function checkFactor(user: UserRecord, expected: string | undefined, given: string): void {
  if (expected === undefined) checkTotp(user, given);
  else if (given !== expected)
    throw awsError('CodeMismatchException', 'Invalid code or auth state for the user.');
}
