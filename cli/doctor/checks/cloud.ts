/** The user pool in AWS with its triggers and alarms. */
import type { CompositeAlarm, MetricAlarm } from '@aws-sdk/client-cloudwatch';
import type { UserPoolType } from '@aws-sdk/client-cognito-identity-provider';
import { mayCall } from '../../trigger/function.ts';
import type { Aws } from '../access/aws.ts';
import { CouldNotSee, check, type Found, type With } from '../check.ts';
import { ofEach } from './each.ts';

const triggerOf = ({ LambdaConfig = {} }: UserPoolType) => ({
  arn: LambdaConfig.PreTokenGenerationConfig?.LambdaArn ?? LambdaConfig.PreTokenGeneration,
  // The older setting gets events of version 1 only.
  version: LambdaConfig.PreTokenGenerationConfig?.LambdaVersion ?? 'V1_0',
});

/** Credentials of another account do not see the pool, and its keys are public. */
async function missing({ aws, issuer, fetchJwks }: With<'aws'>): Promise<Found[]> {
  const isOfPool = issuer?.endsWith(`/${aws.poolId}`) === true;
  const keys = isOfPool ? await fetchJwks(issuer).catch(() => undefined) : undefined;
  if (keys !== undefined)
    throw new CouldNotSee('the pool is there, and not in the account of these credentials');
  return [{ id: 'pool-missing', place: aws.poolId }];
}

export const pool = check('user pool', ['aws'], async (context): Promise<Found[]> => {
  const { aws } = context;
  const place = aws.poolId;
  const found = await aws.pool();
  if (found === undefined) return missing(context);
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

/** @throws CouldNotSee if there is none, which is a finding of its own */
export async function poolOf(aws: Aws): Promise<UserPoolType> {
  const found = await aws.pool();
  if (found === undefined) throw new CouldNotSee('there is no such user pool in this account');
  return found;
}

/** Name of a function, from its ARN. */
export const nameOf = (arn: string): string => arn.split(':')[6] ?? arn;

export const functions = check('functions of the pool', ['aws'], async ({ aws }) => {
  const described = await poolOf(aws);
  return ofEach(functionsOf(described), {
    nameOf,
    problemsOf: async (place): Promise<Found[]> => {
      const state = await aws.functionOf(place);
      if (state === undefined) return [{ id: 'function-missing', place }];
      const isPermitted = state.policy !== '' && mayCall(state.policy, described.Arn ?? '', place);
      return isPermitted ? [] : [{ id: 'function-not-permitted', place }];
    },
  });
});

/** Values of all dimensions of an alarm. */
const dimensionsOf = ({ Dimensions = [], Metrics = [] }: MetricAlarm): readonly string[] =>
  [Dimensions, ...Metrics.map(({ MetricStat }) => MetricStat?.Metric?.Dimensions ?? [])]
    .flat()
    .map(({ Value = '' }) => Value);

interface Alarms {
  readonly metric: readonly MetricAlarm[];
  /** Those that a composite alarm tells somebody of. */
  readonly composite: readonly CompositeAlarm[];
}

/** `ALARM("name")`, `ALARM('arn')` and `ALARM(name)` of a rule, and not `NOT ALARM(name)`. */
const IN_ALARM = /(?<!\bNOT\s*\(?\s*)\bALARM\s*\(\s*(?:"([^"]*)"|'([^']*)'|([^\s()"']+))\s*\)/gi;

/** Names and ARNs of the alarms that set off a composite alarm. */
const partsOf = ({ AlarmRule = '' }: CompositeAlarm): readonly string[] =>
  [...AlarmRule.matchAll(IN_ALARM)].map(
    ([, double, single, bare]) => double ?? single ?? bare ?? '',
  );

interface Named {
  readonly AlarmName?: string | undefined;
  readonly AlarmArn?: string | undefined;
}

const isPartOf = ({ AlarmName = '', AlarmArn = '' }: Named, parent: CompositeAlarm): boolean =>
  partsOf(parent).some((part) => part === AlarmName || part === AlarmArn);

/** Alarms of the pool and of its functions, and the composite alarms above them, also above one another. */
async function alarmsOf(aws: Aws): Promise<Alarms> {
  const own = new Set([aws.poolId, ...functionsOf(await poolOf(aws)).map(nameOf)]);
  const all = await aws.alarms();
  const metric = all.metric.filter((alarm) => dimensionsOf(alarm).some((one) => own.has(one)));
  const composite = new Set<CompositeAlarm>();
  let parts: readonly Named[] = metric;
  while (parts.length > 0) {
    const above = all.composite.filter(
      (one) => !composite.has(one) && parts.some((part) => isPartOf(part, one)),
    );
    for (const one of above) composite.add(one);
    parts = above;
  }
  return { metric, composite: [...composite] };
}

type Alarm = MetricAlarm | CompositeAlarm;

const acts = ({ ActionsEnabled, AlarmActions = [] }: Alarm): boolean =>
  ActionsEnabled !== false && AlarmActions.length > 0;

/** Whether an alarm acts, or one above it. */
const tells = (alarm: Alarm, above: readonly CompositeAlarm[]): boolean =>
  acts(alarm) ||
  above.some(
    (one) =>
      isPartOf(alarm, one) &&
      tells(
        one,
        above.filter((other) => other !== one),
      ),
  );

export const alarms = check('alarms', ['aws'], async ({ aws }) => {
  const { metric, composite } = await alarmsOf(aws);
  const silent = metric.filter((alarm) => !tells(alarm, composite));
  const topics = new Set(
    [...metric, ...composite].flatMap(({ AlarmActions = [] }) =>
      AlarmActions.filter((arn) => arn.includes(':sns:')),
    ),
  );
  return ofEach(topics, {
    nameOf: (topic) => topic,
    problemsOf: async (place): Promise<Found[]> =>
      (await aws.subscribers(place)) === 0 ? [{ id: 'alarm-without-subscriber', place }] : [],
    found: silent.map(({ AlarmName: place = '' }) => ({ id: 'alarm-without-action', place })),
  });
});
