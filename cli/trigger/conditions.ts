/**
 * The conditions of a statement, for a call of Cognito. Known are the source's ARN and account, which Cognito sends.
 * Every other key, and every other operator, is unknown.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 */
import {
  all,
  any,
  isObject,
  type Known,
  knownOf,
  matches,
  matchesArn,
  not,
  textsOf,
} from './matching.ts';

/** A pool calls a function. */
export interface PoolCall {
  /** '' if it is not known. */
  readonly poolArn: string;
  /** As the pool names it. Undefined: statements about any function count. */
  readonly functionArn: string | undefined;
}

/** What Cognito sends for a key. Keys are the same in capitals. */
function sentFor(key: string, { poolArn }: PoolCall): string | undefined {
  if (poolArn === '') return undefined;
  const name = key.toLowerCase();
  if (name === 'aws:sourcearn') return poolArn;
  return name === 'aws:sourceaccount' ? poolArn.split(':')[4] : undefined;
}

type Compare = (wanted: string, sent: string) => Known;

const equals: Compare = (wanted, sent) =>
  wanted.includes('${') ? 'unknown' : knownOf(wanted === sent);
const equalsIgnoringCase: Compare = (wanted, sent) =>
  equals(wanted.toLowerCase(), sent.toLowerCase());

/** An operator, and whether it is true for other values. For ARNs, Equals and Like are the same. */
const OPERATORS: ReadonlyMap<string, readonly [compare: Compare, isNegated: boolean]> = new Map([
  ['StringEquals', [equals, false]],
  ['StringNotEquals', [equals, true]],
  ['StringEqualsIgnoreCase', [equalsIgnoringCase, false]],
  ['StringNotEqualsIgnoreCase', [equalsIgnoringCase, true]],
  ['StringLike', [matches, false]],
  ['StringNotLike', [matches, true]],
  ['ArnEquals', [matchesArn, false]],
  ['ArnLike', [matchesArn, false]],
  ['ArnNotEquals', [matchesArn, true]],
  ['ArnNotLike', [matchesArn, true]],
]);

function isTrue(operator: string, values: unknown, sent: string | undefined): Known {
  const wanted = textsOf(values);
  if (sent === undefined || wanted === undefined) return 'unknown';
  // `Null: true` asks that the key is not there.
  if (operator === 'Null') return any(wanted.map((one) => knownOf(one.toLowerCase() === 'false')));
  // The key is there, so IfExists changes nothing.
  const [compare, isNegated] = OPERATORS.get(operator.replace(/IfExists$/, '')) ?? [];
  if (compare === undefined) return 'unknown';
  const one = any(wanted.map((value) => compare(value, sent)));
  return isNegated ? not(one) : one;
}

/** Whether all conditions of a statement are true. */
export function holds(conditions: unknown, call: PoolCall): Known {
  if (conditions === undefined) return 'yes';
  if (!isObject(conditions)) return 'unknown';
  const answers = Object.entries(conditions).flatMap(([operator, keys]) =>
    isObject(keys)
      ? Object.entries(keys).map(([key, values]) => isTrue(operator, values, sentFor(key, call)))
      : ['unknown' as const],
  );
  return all(answers);
}
