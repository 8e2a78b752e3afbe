/**
 * Whether the policy of a function lets a user pool call it, evaluated as IAM does: an Allow has to apply, and no Deny may.
 * A part that this file does not know is `unknown`. It fails closed: an unknown part counts in a Deny, and not in an Allow.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
 */
import { holds, type PoolCall } from './conditions.ts';
import {
  all,
  any,
  isObject,
  type Known,
  matches,
  not,
  textsOf,
  type Unchecked,
} from './matching.ts';

const CALLER = 'cognito-idp.amazonaws.com';
const ACTION = 'lambda:invokefunction';

/** One kind of principal, such as `Service`, with its names. */
function isPrincipal(kind: string, names: unknown): Known {
  const given = textsOf(names);
  if (given === undefined) return 'unknown';
  if (kind === 'AWS') return given.includes('*') ? 'yes' : 'no';
  if (kind === 'CanonicalUser') return 'no';
  if (kind !== 'Service') return given.includes('*') ? 'unknown' : 'no';
  if (given.includes(CALLER)) return 'yes';
  // A form for a region or a partition is not documented for Cognito.
  return given.some((name) => name.includes('*') || /^cognito-idp\./i.test(name))
    ? 'unknown'
    : 'no';
}

/** `*` and `{"AWS": "*"}` are the same: everybody, services included. */
function principals(value: unknown): Known {
  if (value === '*') return 'yes';
  if (!isObject(value)) return 'unknown';
  return any(Object.entries(value).map(([kind, names]) => isPrincipal(kind, names)));
}

/** Names of actions are the same in capitals. */
function actions(value: unknown): Known {
  const given = textsOf(value);
  if (given === undefined) return 'unknown';
  return any(given.map((one) => matches(one.toLowerCase(), ACTION)));
}

/** Lambda takes no policy for $LATEST: the one of the function counts. */
const formsOf = (functionArn: string): readonly string[] =>
  functionArn.endsWith(':$LATEST') ? [functionArn, functionArn.slice(0, -8)] : [functionArn];

function resources(value: unknown, functionArn: string | undefined): Known {
  const given = textsOf(value);
  if (given === undefined || functionArn === undefined) return 'unknown';
  return any(given.flatMap((one) => formsOf(functionArn).map((form) => matches(one, form))));
}

/** An element or its negation, such as `Action` and `NotAction`. Exactly one of them may be there. */
function element(statement: Unchecked, name: string, is: (value: unknown) => Known): Known {
  const negation = `Not${name}`;
  const [has, hasNot] = [Object.hasOwn(statement, name), Object.hasOwn(statement, negation)];
  if (has === hasNot) return 'unknown';
  return has ? is(statement[name]) : not(is(statement[negation]));
}

function applies(statement: Unchecked, call: PoolCall): Known {
  const isAbout = (name: string, is: (value: unknown) => Known) => element(statement, name, is);
  // The policy is of the function, so a statement without a resource is about it.
  const isWithout = !('Resource' in statement || 'NotResource' in statement);
  return all([
    isAbout('Principal', principals),
    isAbout('Action', actions),
    isWithout || call.functionArn === undefined
      ? 'yes'
      : isAbout('Resource', (value) => resources(value, call.functionArn)),
    holds(statement.Condition, call),
  ]);
}

/** `missing`: no Allow applies. `denied`: a Deny applies, or may apply. */
export type Permission = 'allowed' | 'missing' | 'denied';

function statementsOf(policy: string): readonly unknown[] {
  try {
    const document: unknown = JSON.parse(policy);
    return isObject(document) ? [document.Statement].flat() : [];
  } catch {
    return [];
  }
}

/** @param policy as JSON; '' without one. A policy that cannot be read allows nothing. */
export function permissionOf(policy: string, call: PoolCall): Permission {
  const statements = statementsOf(policy);
  if (!statements.every(isObject)) return 'denied';
  const isAllow = ({ Effect }: Unchecked): boolean => Effect === 'Allow';
  // Whatever is no Allow counts as a Deny.
  if (statements.some((one) => !isAllow(one) && applies(one, call) !== 'no')) return 'denied';
  const isAllowed = statements.some((one) => isAllow(one) && applies(one, call) === 'yes');
  return isAllowed ? 'allowed' : 'missing';
}
