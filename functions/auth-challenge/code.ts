/** One-time codes. */
import { randomInt, timingSafeEqual } from 'node:crypto';

const DIGITS = 8;

/** Milliseconds. A Cognito session lasts 3 minutes by default, and at most 15. */
export const CODE_LIFETIME = 5 * 60 * 1000;

/** Eight digits: with three answers for each, a guess is right once in 33 million. */
export const makeCode = (): string => String(randomInt(10 ** DIGITS)).padStart(DIGITS, '0');

/** In the same time, whatever the answer is. Blanks do not count, because people copy them along. */
export function isSameCode(answer: string, code: string): boolean {
  const given = answer.replaceAll(/\s/g, '');
  if (!/^\d{8}$/.test(code) || given.length !== code.length) return false;
  const [one, other] = [Buffer.from(given), Buffer.from(code)];
  return one.length === other.length && timingSafeEqual(one, other);
}
