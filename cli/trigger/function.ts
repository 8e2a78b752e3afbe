/** Checks that the function exists and that the pool may call it. */
import {
  GetFunctionConfigurationCommand,
  GetPolicyCommand,
  LambdaClient,
} from '@aws-sdk/client-lambda';
import { KitError } from '@cognito-supabase/contract/errors';

/** The parts of a statement of a function's policy that this file reads. */
interface Statement {
  readonly Effect?: string;
  readonly Action?: string | readonly string[];
  readonly Principal?: string | { readonly Service?: string | readonly string[] };
  readonly Condition?: Readonly<
    Record<string, Readonly<Record<string, string | readonly string[]>>>
  >;
}

const CALLER = 'cognito-idp.amazonaws.com';

/** Matches `*` and `?` as IAM does. */
const matches = (pattern: string, value: string): boolean =>
  new RegExp(
    `^${pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
  ).test(value);

const list = (value: string | readonly string[] | undefined): readonly string[] =>
  value === undefined ? [] : [value].flat();

/**
 * Whether a statement's conditions are true for calls of a pool. An unknown condition counts as false.
 */
const holds = ({ Condition = {} }: Statement, poolArn: string): boolean =>
  Object.entries(Condition).every(([operator, wanted]) =>
    Object.entries(wanted).every(([key, values]) => {
      const isLike = /Like$/.test(operator);
      const given = /^aws:sourcearn$/i.test(key)
        ? poolArn
        : /^aws:sourceaccount$/i.test(key)
          ? poolArn.split(':')[4]
          : undefined;
      if (given === undefined || !/^(Arn|String)(Equals|Like)$/.test(operator)) return false;
      return list(values).some((one) =>
        // For ARNs, IAM treats both operators alike.
        isLike || operator.startsWith('Arn') ? matches(one, given) : one === given,
      );
    }),
  );

/** Whether the policy of a function lets a pool call it. */
export function mayCall(policy: string, poolArn: string): boolean {
  const { Statement = [] } = JSON.parse(policy) as { Statement?: Statement | readonly Statement[] };
  const about = ([Statement].flat() as readonly Statement[]).filter(
    ({ Action, Principal }) =>
      list(Action).some((action) => matches(action, 'lambda:InvokeFunction')) &&
      (Principal === '*' ||
        (typeof Principal === 'object' && list(Principal.Service).includes(CALLER))),
  );
  const hold = (effect: string) =>
    about.some((one) => one.Effect === effect && holds(one, poolArn));
  return hold('Allow') && !hold('Deny');
}

export interface FunctionPlace {
  readonly region: string;
  readonly endpoint: string | undefined;
}

/** What the pool needs to call the function. */
export interface Wanted {
  readonly functionArn: string;
  readonly poolArn: string;
  /** The command that gives the permission. */
  readonly permission: string;
}

const isMissing = (error: unknown): boolean =>
  (error as Error).name === 'ResourceNotFoundException';

/** @returns the policy, '' if there is none, undefined if there is no such function. */
async function policyOf(client: LambdaClient, FunctionName: string): Promise<string | undefined> {
  try {
    await client.send(new GetFunctionConfigurationCommand({ FunctionName }));
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  try {
    return (await client.send(new GetPolicyCommand({ FunctionName }))).Policy ?? '';
  } catch (error) {
    if (isMissing(error)) return '';
    throw error;
  }
}

/**
 * Checks the function before the pool is changed. With a missing function, or one that the pool may not
 * call, every sign-in fails.
 *
 * @throws KitError `FUNCTION_MISSING`, `PERMISSION_MISSING`, or an error of AWS
 */
export async function checkFunction(place: FunctionPlace, wanted: Wanted): Promise<void> {
  const { region, endpoint } = place;
  const client = new LambdaClient({ region, ...(endpoint && { endpoint }) });
  try {
    const policy = await policyOf(client, wanted.functionArn);
    if (policy === undefined) {
      throw new KitError(
        'FUNCTION_MISSING',
        `there is no function ${wanted.functionArn}`,
        'Deploy it first; the pool was not changed.',
      );
    }
    if (policy !== '' && mayCall(policy, wanted.poolArn)) return;
    throw new KitError(
      'PERMISSION_MISSING',
      `the pool may not call ${wanted.functionArn}, so every sign-in would be refused`,
      `The pool was not changed. First run:\n  ${wanted.permission}`,
    );
  } finally {
    client.destroy();
  }
}
