/**
 * Plans the changes of `attach` and `detach`, and refuses where they would be wrong. Without side
 * effects.
 */
import type { LambdaConfigType } from '@aws-sdk/client-cognito-identity-provider';
import { KitError } from '@cognito-supabase/contract/errors';
import { FORMER_TAG, formerIn, ownTags, withFormer, withoutFormer } from './former.ts';
import type { TriggerOptions } from './options.ts';
import type { PoolState } from './pool.ts';

export interface Plan {
  /** The pool's triggers afterwards. */
  readonly lambdas: LambdaConfigType;
  /** The pool's tags afterwards, without AWS's own. */
  readonly tags: Readonly<Record<string, string>>;
  /** A line for each change; empty if the pool is as it should be. */
  readonly changes: readonly string[];
  /**
   * The permission of the function, and when to change it. If the pool may not call its trigger, every
   * sign-in fails, so the permission is added first and removed last.
   */
  readonly permission: { readonly when: 'first' | 'afterwards'; readonly command: string };
  /** The function that the pool will call. It is checked before anything is changed. */
  readonly next: { readonly functionArn: string; readonly permission: string } | undefined;
}

/** The pre-token function of the pool. A pool has it in one of two settings, or the same in both. */
const currentArn = ({ pool }: PoolState): string | undefined =>
  pool.LambdaConfig?.PreTokenGenerationConfig?.LambdaArn ?? pool.LambdaConfig?.PreTokenGeneration;

/** A function that is set in the older setting only gets events of version 1. */
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

const allow = (
  { functionArn, poolId, region }: Pick<TriggerOptions, 'functionArn' | 'poolId' | 'region'>,
  poolArn: string | undefined,
) =>
  `aws lambda add-permission --region ${region} --function-name ${functionArn} ` +
  `--statement-id ${statementId(poolId)} --action lambda:InvokeFunction ` +
  `--principal cognito-idp.amazonaws.com --source-arn ${poolArn}`;

const disallow = ({ functionArn, poolId, region }: TriggerOptions) =>
  `aws lambda remove-permission --region ${region} --function-name ${functionArn} ` +
  `--statement-id ${statementId(poolId)}`;

/**
 * @throws KitError `TRIGGER_TAKEN` if the pool has another function and `--replace` is not given,
 * `PLAN_TOO_LOW` if the pool's plan has no such trigger
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
      'Call the kit’s core from that function, or replace it with --replace.',
    );
  }
  const done = current === functionArn && currentVersion(state) === version;
  const command = allow(options, state.pool.Arn);
  const replaced =
    current && current !== functionArn
      ? { arn: current, version: currentVersion(state) as TriggerOptions['version'] }
      : undefined;
  return {
    tags: replaced
      ? withFormer(state.pool.UserPoolTags, replaced)
      : ownTags(state.pool.UserPoolTags),
    next: { functionArn, permission: command },
    lambdas: {
      ...others(state),
      PreTokenGenerationConfig: { LambdaArn: functionArn, LambdaVersion: version },
    },
    changes: done
      ? []
      : [
          `pre-token trigger: ${show(current, currentVersion(state))} → ${show(functionArn, version)}`,
          ...(replaced ? [`tag ${FORMER_TAG}: the former function, for detach to restore`] : []),
        ],
    permission: { when: 'first', command },
  };
}

/**
 * Restores the function that `attach --replace` has replaced, unless `--leave-empty` is given.
 *
 * @throws KitError `TRIGGER_TAKEN` if the pool has another function, because somebody else has set that
 *   one
 */
export function planDetach(state: PoolState, options: TriggerOptions): Plan {
  const current = currentArn(state);
  if (current && current !== options.functionArn) {
    throw new KitError(
      'TRIGGER_TAKEN',
      `another pre-token function is set: ${current}`,
      'Name that function with --function to remove it.',
    );
  }
  const former = options.leaveEmpty ? undefined : formerIn(state.pool.UserPoolTags);
  const next = former && {
    functionArn: former.arn,
    permission: allow({ ...options, functionArn: former.arn }, state.pool.Arn),
  };
  const after = former ? show(former.arn, former.version) : 'none';
  return {
    lambdas: {
      ...others(state),
      ...(former && {
        PreTokenGenerationConfig: { LambdaArn: former.arn, LambdaVersion: former.version },
      }),
    },
    tags: withoutFormer(state.pool.UserPoolTags),
    next,
    changes: current
      ? [`pre-token trigger: ${show(current, currentVersion(state))} → ${after}`]
      : [],
    permission: { when: 'afterwards', command: disallow(options) },
  };
}
