/** Checks that the function exists and that the pool may call it. */
import {
  GetFunctionConfigurationCommand,
  GetPolicyCommand,
  LambdaClient,
} from '@aws-sdk/client-lambda';
import { KitError } from '@cognito-supabase/contract/errors';
import { permissionOf } from './policy.ts';

/**
 * Whether the policy of a function lets a pool call it.
 *
 * @param functionArn as the pool names it. @default - the function that the policy is of
 */
export const mayCall = (policy: string, poolArn: string, functionArn?: string): boolean =>
  permissionOf(policy, { poolArn, functionArn }) === 'allowed';

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
    const permission = permissionOf(policy, wanted);
    if (permission === 'allowed') return;
    throw new KitError(
      'PERMISSION_MISSING',
      `the pool may not call ${wanted.functionArn}, so every sign-in would be refused`,
      permission === 'denied'
        ? 'The pool was not changed. A statement with the effect Deny in the policy of the function applies, or may ' +
            'apply: `aws lambda get-policy` shows it. Remove it first.'
        : `The pool was not changed. First run:\n  ${wanted.permission}`,
    );
  } finally {
    client.destroy();
  }
}
