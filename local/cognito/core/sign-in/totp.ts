/** Codes of authenticator apps (RFC 6238), with the period and length that Cognito uses. */
import { Secret, TOTP } from 'otpauth';
import type { UserRecord } from '../../store/records.ts';
import { awsError } from '../errors.ts';

/** A new secret, in base32, as AssociateSoftwareToken returns it. */
export const makeTotpSecret = (): string => new Secret({ size: 32 }).base32;

/** Whether a code is right now, or was one period ago. */
export function isTotpCode(secret: string, code: string): boolean {
  if (!/^\d{6}$/.test(code)) return false;
  const totp = new TOTP({ secret: Secret.fromBase32(secret) });
  return totp.validate({ token: code, window: 1 }) !== null;
}

/** @throws CognitoError `CodeMismatchException` unless the user's app shows this code. */
export function checkTotp({ softwareToken }: UserRecord, code: string): void {
  if (softwareToken === undefined || !isTotpCode(softwareToken.secret, code))
    throw awsError('CodeMismatchException', 'Invalid code received for user');
}
