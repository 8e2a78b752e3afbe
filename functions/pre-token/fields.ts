/** JSON objects of unknown content: events of Cognito, and settings. */

/** Field name → value. */
export type Fields = Readonly<Record<string, unknown>>;

/**
 * The fields of a JSON object. A list counts as an object without fields, because sample events of
 * Cognito's guide have `[]` where nothing is overridden.
 *
 * @throws TypeError for anything else, null included
 */
export function requiredFields(value: unknown): Fields {
  if (typeof value !== 'object' || value === null) throw new TypeError('not a JSON object');
  return value as Fields;
}

/** The same; an empty object if the value is missing or null. */
export const fieldsOf = (value: unknown): Fields => requiredFields(value ?? {});
