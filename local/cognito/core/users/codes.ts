/** Codes that are sent: made, kept with the user, checked and used up. */
import { randomInt } from 'node:crypto';
import type { CodePurpose, SentCode, UserRecord } from '../../store/records.ts';
import { codeMismatch, expiredCode } from '../errors.ts';

const HOUR = 60 * 60 * 1000;
const LIFETIME: Readonly<Record<CodePurpose, number>> = {
  signUp: 24 * HOUR,
  forgotPassword: HOUR,
  email: 24 * HOUR,
  phone_number: 24 * HOUR,
};

/** A fresh code, to be kept with the user and sent. */
export const makeCode = (purpose: CodePurpose): SentCode => ({
  code: randomInt(1_000_000).toString().padStart(6, '0'),
  expires: Date.now() + LIFETIME[purpose],
});

/** The user with a code added or replaced. Without a code, the old one is used up. */
export function withCode(user: UserRecord, purpose: CodePurpose, code?: SentCode): UserRecord {
  const { [purpose]: _used, ...rest } = user.codes ?? {};
  return { ...user, codes: code ? { ...rest, [purpose]: code } : rest };
}

/** @throws CognitoError `ExpiredCodeException` or `CodeMismatchException`. */
export function checkCode(user: UserRecord, purpose: CodePurpose, given: string): void {
  const kept = user.codes?.[purpose];
  if (kept === undefined || kept.expires <= Date.now()) throw expiredCode();
  if (kept.code !== given) throw codeMismatch();
}
