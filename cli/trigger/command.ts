/**
 * The steps of `attach` and `detach`: describe the pool, plan, print the plan, and with `--apply` change
 * and verify.
 */
import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import { KitError } from '@cognito-supabase/contract/errors';
import { escapedLines } from '@cognito-supabase/local/printable';
import { awsError } from './aws-error.ts';
import { checkFunction } from './function.ts';
import { type Command, parseOptions, type TriggerOptions, usage } from './options.ts';
import { type Plan, planAttach, planDetach } from './plan.ts';
import { describe, type PoolState, update } from './pool.ts';
import { verify } from './verify.ts';

export type Planner = (state: PoolState, options: TriggerOptions) => Plan;
export type Print = (line: string) => void;

/**
 * Runs one command.
 *
 * @throws KitError if the plan is refused, or the pool is not as planned afterwards, or AWS refuses
 */
export async function run(planner: Planner, options: TriggerOptions, show: Print): Promise<void> {
  const { poolId, region, endpoint } = options;
  // Names and ARNs of the pool are text of others.
  const print: Print = (line) => show(escapedLines(line));
  const client = new CognitoIdentityProviderClient({ region, ...(endpoint && { endpoint }) });
  try {
    const before = await describe(client, poolId);
    const { changes, permission, next, ...after } = planner(before, options);
    print(`pool ${poolId} (${before.pool.Name}), plan ${before.pool.UserPoolTier ?? 'LITE'}`);
    if (!changes.length) return print('nothing to change');
    const say = () =>
      print(`${permission.when}, unless the stack does so:\n  ${permission.command}`);
    if (permission.when === 'first') say();
    for (const change of changes) print(`  ${change}`);
    print('  everything else stays as it is');
    if (next) {
      await checkFunction(options, { ...next, poolArn: before.pool.Arn ?? '' });
      print('  the function is there, and the pool may call it');
    }
    if (options.apply) {
      verify(before, await update(client, before, after), after);
      print('done, and read back');
    } else {
      print('nothing was changed: add --apply');
    }
    if (permission.when === 'afterwards') say();
  } catch (error) {
    const noAnswer =
      'Check the network, the proxy, and --endpoint. Run it again: it begins with what the pool has now.';
    throw awsError(error, region, noAnswer);
  } finally {
    client.destroy();
  }
}

const inOneLine = (error: unknown): string =>
  escapedLines(
    error instanceof KitError
      ? `error ${error.code}: ${error.message}\n  → ${error.hint}`
      : `error ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`,
  );

const PLANNERS = { attach: planAttach, detach: planDetach } as const;

/** @returns the exit code */
export async function main(command: Command, args: readonly string[]): Promise<number> {
  try {
    const options = parseOptions(command, args);
    if (options) await run(PLANNERS[command], options, console.log);
    else console.log(usage(command));
    return 0;
  } catch (error) {
    console.error(inOneLine(error));
    return 1;
  }
}
