/** The user pool in AWS with its triggers and alarms. */
import type { MetricAlarm } from '@aws-sdk/client-cloudwatch';
import type { UserPoolType } from '@aws-sdk/client-cognito-identity-provider';
import { mayCall } from '../../trigger/function.ts';
import type { Aws } from '../access/aws.ts';
import { check, type Found } from '../check.ts';

const triggerOf = ({ LambdaConfig = {} }: UserPoolType) => ({
  arn: LambdaConfig.PreTokenGenerationConfig?.LambdaArn ?? LambdaConfig.PreTokenGeneration,
  // The older setting gets events of version 1 only.
  version: LambdaConfig.PreTokenGenerationConfig?.LambdaVersion ?? 'V1_0',
});

export const pool = check('user pool', ['aws'], async ({ aws }): Promise<Found[]> => {
  const place = aws.poolId;
  const found = await aws.pool();
  if (found === undefined) return [{ id: 'pool-missing', place }];
  if (found.IssuerConfiguration?.Type === 'UPDATED') return [{ id: 'pool-issuer-updated', place }];
  const { arn, version } = triggerOf(found);
  if (arn === undefined) return [{ id: 'trigger-missing', place }];
  if (version === 'V1_0') return [{ id: 'trigger-version-1', place, detail: arn }];
  return (found.UserPoolTier ?? 'LITE') === 'LITE' ? [{ id: 'plan-too-low', place }] : [];
});

/** ARNs of all functions that the pool calls. A key of KMS is among the settings too. */
export const functionsOf = ({ LambdaConfig = {} }: UserPoolType): readonly string[] => {
  const arns = Object.values(LambdaConfig).flatMap((value) => {
    if (typeof value === 'string') return [value];
    return value?.LambdaArn === undefined ? [] : [value.LambdaArn];
  });
  return [...new Set(arns)].filter((arn) => arn.includes(':lambda:'));
};

export const functions = check('functions of the pool', ['aws'], async ({ aws }) => {
  const found: Found[] = [];
  const described = await aws.pool();
  for (const arn of described === undefined ? [] : functionsOf(described)) {
    const state = await aws.functionOf(arn);
    if (state === undefined) found.push({ id: 'function-missing', place: arn });
    else if (state.policy === '' || !mayCall(state.policy, described?.Arn ?? '', arn))
      found.push({ id: 'function-not-permitted', place: arn });
  }
  return found;
});

/** Values of all dimensions of an alarm. */
const dimensionsOf = ({ Dimensions = [], Metrics = [] }: MetricAlarm): readonly string[] =>
  [Dimensions, ...Metrics.map(({ MetricStat }) => MetricStat?.Metric?.Dimensions ?? [])]
    .flat()
    .map(({ Value = '' }) => Value);

/** Alarms of the pool and of its functions. */
async function alarmsOf(aws: Aws): Promise<readonly MetricAlarm[]> {
  const described = await aws.pool();
  const names = described === undefined ? [] : functionsOf(described);
  const own = new Set([aws.poolId, ...names.map((arn) => arn.split(':')[6] ?? '')]);
  return (await aws.alarms()).filter((alarm) => dimensionsOf(alarm).some((one) => own.has(one)));
}

export const alarms = check('alarms', ['aws'], async ({ aws }) => {
  const own = await alarmsOf(aws);
  const silent = own.filter(
    ({ ActionsEnabled, AlarmActions = [] }) =>
      ActionsEnabled === false || AlarmActions.length === 0,
  );
  const topics = new Set(
    own.flatMap(({ AlarmActions = [] }) => AlarmActions.filter((arn) => arn.includes(':sns:'))),
  );
  const found: Found[] = silent.map(({ AlarmName = '' }) => ({
    ...{ id: 'alarm-without-action', place: AlarmName },
  }));
  for (const place of topics) {
    if ((await aws.subscribers(place)) === 0) found.push({ id: 'alarm-without-subscriber', place });
  }
  return found;
});
