/** Answers that may be unknown, and patterns of IAM. */

export type Known = 'yes' | 'no' | 'unknown';

export const knownOf = (is: boolean): Known => (is ? 'yes' : 'no');

export const not = (one: Known): Known => (one === 'unknown' ? 'unknown' : knownOf(one === 'no'));

/** Yes if one is; unknown if one may be. */
export function any(answers: readonly Known[]): Known {
  if (answers.includes('yes')) return 'yes';
  return answers.includes('unknown') ? 'unknown' : 'no';
}

/** No if one is no; unknown if one may be no. */
export const all = (answers: readonly Known[]): Known => not(any(answers.map(not)));

/** An object of JSON, of which nothing else is known. */
export type Unchecked = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is Unchecked =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A text, or a list of texts. Numbers and truth values are read as texts, as IAM does. @returns undefined for others */
export function textsOf(value: unknown): readonly string[] | undefined {
  const texts = [value].flat().map((one) => {
    const isPlain = typeof one === 'string' || typeof one === 'number' || typeof one === 'boolean';
    return isPlain ? String(one) : undefined;
  });
  return texts.every((one) => one !== undefined) ? texts : undefined;
}

/**
 * Whether `*` (any characters) and `?` (one character) make the pattern match. It looks at each character a bounded number
 * of times, where a regular expression with many stars would not.
 */
function glob(pattern: string, value: string): boolean {
  let [at, star, resume] = [0, -1, 0];
  for (let index = 0; index < value.length; ) {
    if (pattern[at] === '*') {
      [star, resume] = [at, index];
      at += 1;
    } else if (at < pattern.length && (pattern[at] === '?' || pattern[at] === value[index])) {
      at += 1;
      index += 1;
    } else if (star >= 0) {
      // The last star takes one character more.
      resume += 1;
      [at, index] = [star + 1, resume];
    } else return false;
  }
  return /^\**$/.test(pattern.slice(at));
}

/** A pattern with a policy variable, as `${aws:PrincipalTag/x}`, may match. */
export const matches = (pattern: string, value: string): Known =>
  pattern.includes('${') ? 'unknown' : knownOf(glob(pattern, value));

/**
 * ARNs are compared part by part, so a star does not reach over a colon. The sixth part may have colons itself.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN
 */
export function matchesArn(pattern: string, arn: string): Known {
  const split = (text: string): string[] => {
    const parts = text.split(':');
    return [...parts.slice(0, 5), parts.slice(5).join(':')];
  };
  // What IAM does with a pattern of fewer parts is not documented.
  if (pattern.split(':').length < 6) return matches(pattern, arn) === 'no' ? 'no' : 'unknown';
  const values = split(arn);
  return all(split(pattern).map((part, index) => matches(part, values[index] ?? '')));
}
