/** The refusal of a check: one line that names the key, and what to write there. */
import { KitError } from '@cognito-supabase/contract/errors';

/**
 * @param key - path in the settings, as in `clients.web.callbackUrls[0]`
 * @throws KitError always
 */
export const refuse = (key: string, problem: string, hint: string): never => {
  throw new KitError('SETTING_INVALID', `${key}: ${problem}`, hint);
};

/** @throws KitError unless the condition holds */
export function must(
  condition: unknown,
  key: string,
  problem: string,
  hint: string,
): asserts condition {
  if (!condition) refuse(key, problem, hint);
}

/** @throws KitError `SETTING_MISSING` if the value is empty */
export function mustHave(value: string | undefined, key: string, hint: string): string {
  if (typeof value === 'string' && value.trim() !== '') return value;
  throw new KitError('SETTING_MISSING', `${key}: is missing`, hint);
}

/** The first item that is in a list twice. */
export const twice = (values: readonly string[]): string | undefined =>
  values.find((value, index) => values.indexOf(value) !== index);
