/** Codes that are mailed: made, kept with the user, checked and used up. */
import { randomInt } from 'node:crypto';
import type { CodePurpose, MailedCode, UserRecord } from '../store/records.ts';
import { codeMismatch, expiredCode } from './errors.ts';

const HOUR = 60 * 60 * 1000;
const LIFETIME: Readonly<Record<CodePurpose, number>> = {
  signUp: 24 * HOUR,
  forgotPassword: HOUR,
  verifyEmail: 24 * HOUR,
};

/** A fresh code, to be kept with the user and mailed. */
export const makeCode = (purpose: CodePurpose): MailedCode => ({
  code: randomInt(1_000_000).toString().padStart(6, '0'),
  expires: Date.now() + LIFETIME[purpose],
});

/** The user with a code added or replaced. Without a code, the old one is used up. */
export function withCode(user: UserRecord, purpose: CodePurpose, code?: MailedCode): UserRecord {
  const { [purpose]: _used, ...rest } = user.codes ?? {};
  return { ...user, codes: code ? { ...rest, [purpose]: code } : rest };
}

/** @throws CognitoError `ExpiredCodeException` or `CodeMismatchException`. */
export function checkCode(user: UserRecord, purpose: CodePurpose, given: string): void {
  const kept = user.codes?.[purpose];
  if (kept === undefined || kept.expires <= Date.now()) throw expiredCode();
  if (kept.code !== given) throw codeMismatch();
}

/** Where a code was sent, as the service reports it: with most of the address hidden. */
export const deliveryTo = (email: string) => ({
  AttributeName: 'email',
  DeliveryMedium: 'EMAIL' as const,
  Destination: email.replace(/^(.)[^@]*@(.).*$/u, '$1***@$2***'),
});
