/** What `attach` and `detach` would do to a pool, and where they refuse to. Pure. */
import type { LambdaConfigType } from '@aws-sdk/client-cognito-identity-provider';
import { KitError } from '@cognito-supabase/contract/errors';
import type { TriggerOptions } from './options.ts';
import type { PoolState } from './pool.ts';

export interface Plan {
  /** The pool's triggers afterwards. */
  readonly lambdas: LambdaConfigType;
  /** A line for each change; none where the pool is as it should be. */
  readonly changes: readonly string[];
  /**
   * What the function's side needs, and when: a trigger that the pool may not call refuses every
   * sign-in, so permission comes first and goes last.
   */
  readonly permission: { readonly when: 'first' | 'afterwards'; readonly command: string };
}

/** The pre-token function that is set. A pool has it in one of two places, or the same in both. */
const currentArn = ({ pool }: PoolState): string | undefined =>
  pool.LambdaConfig?.PreTokenGenerationConfig?.LambdaArn ?? pool.LambdaConfig?.PreTokenGeneration;

/** Set in the older place alone, a function gets events of version 1. */
const currentVersion = ({ pool }: PoolState): string =>
  pool.LambdaConfig?.PreTokenGenerationConfig?.LambdaVersion ?? 'V1_0';

const show = (arn: string | undefined, version: string): string =>
  arn ? `${arn} (${version})` : 'none';

/** All triggers but this one. */
const others = ({ pool }: PoolState): LambdaConfigType => {
  const { PreTokenGeneration, PreTokenGenerationConfig, ...rest } = pool.LambdaConfig ?? {};
  return rest;
};

const statementId = (poolId: string) => `cognito-${poolId}`;

const allow = ({ functionArn, poolId, region }: TriggerOptions, poolArn: string | undefined) =>
  `aws lambda add-permission --region ${region} --function-name ${functionArn} ` +
  `--statement-id ${statementId(poolId)} --action lambda:InvokeFunction ` +
  `--principal cognito-idp.amazonaws.com --source-arn ${poolArn}`;

const disallow = ({ functionArn, poolId, region }: TriggerOptions) =>
  `aws lambda remove-permission --region ${region} --function-name ${functionArn} ` +
  `--statement-id ${statementId(poolId)}`;

/**
 * @throws KitError `TRIGGER_TAKEN` where another function sits and `--replace` is not given,
 *   `PLAN_TOO_LOW` where the pool's plan has no such trigger
 */
export function planAttach(state: PoolState, options: TriggerOptions): Plan {
  const { functionArn, version } = options;
  const tier = state.pool.UserPoolTier ?? 'LITE';
  if (version !== 'V1_0' && tier === 'LITE') {
    throw new KitError(
      'PLAN_TOO_LOW',
      `the pool is on the plan LITE, which has no ${version} trigger`,
      'Move it to ESSENTIALS, which costs more per active user, or use --version V1_0: then only ' +
        'ID tokens carry the role.',
    );
  }
  const current = currentArn(state);
  if (current && current !== functionArn && !options.replace) {
    throw new KitError(
      'TRIGGER_TAKEN',
      `another pre-token function is set: ${current}`,
      'Call the kit’s core from that function, or use --replace to take its place.',
    );
  }
  const done = current === functionArn && currentVersion(state) === version;
  return {
    lambdas: {
      ...others(state),
      PreTokenGenerationConfig: { LambdaArn: functionArn, LambdaVersion: version },
    },
    changes: done
      ? []
      : [
          `pre-token trigger: ${show(current, currentVersion(state))} → ${show(functionArn, version)}`,
        ],
    permission: { when: 'first', command: allow(options, state.pool.Arn) },
  };
}

/** @throws KitError `TRIGGER_TAKEN` where another function sits: that one is not ours to remove */
export function planDetach(state: PoolState, options: TriggerOptions): Plan {
  const current = currentArn(state);
  if (current && current !== options.functionArn) {
    throw new KitError(
      'TRIGGER_TAKEN',
      `another pre-token function is set: ${current}`,
      'Name it with --function if it is to go.',
    );
  }
  return {
    lambdas: others(state),
    changes: current ? [`pre-token trigger: ${show(current, currentVersion(state))} → none`] : [],
    permission: { when: 'afterwards', command: disallow(options) },
  };
}
