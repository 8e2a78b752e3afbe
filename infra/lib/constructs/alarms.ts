/** Alarms of a stage, and the topic that they notify. */
import { Duration, Stack } from 'aws-cdk-lib';
import type { HttpStage } from 'aws-cdk-lib/aws-apigatewayv2';
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  MathExpression,
  Metric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { IUserPool, UserPoolClient } from 'aws-cdk-lib/aws-cognito';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Function as Lambda } from 'aws-cdk-lib/aws-lambda';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { HttpApi } from './http-api.ts';

export interface AlarmsProps {
  /** Triggers by name. Cognito waits 5 s for a trigger, and refuses the sign-in if it fails. */
  readonly triggers: ReadonlyMap<string, Lambda>;
  readonly pool: IUserPool;
  /** Clients that people sign in with. @default - failed sign-ins are not counted */
  readonly clients?: readonly UserPoolClient[];
  /** @default - none */
  readonly api?: Pick<HttpApi, 'stage' | 'lambdas' | 'refusals'>;
  /** Events of users that the database never took. @default - none */
  readonly deadLetters?: IQueue;
  /** Whether threat protection is on. Only then are risks counted. @default - false */
  readonly risks?: boolean;
  /** @default - a key of AWS */
  readonly encryptionKey?: IKey;
  /** @default - the topic has no subscriber */
  readonly email?: string;
  /** In 5 minutes. @default - 50 */
  readonly failedSignIns?: number;
}

const period = Duration.minutes(5);

/** Failed sign-ins of all clients: the samples of Cognito's success metric are attempts. */
export const failedSignIns = (pool: IUserPool, clients: readonly UserPoolClient[]): IMetric => {
  const usingMetrics: Record<string, IMetric> = {};
  const terms = clients.map((client, index) => {
    const metric = (statistic: string) =>
      new Metric({
        namespace: 'AWS/Cognito',
        metricName: 'SignInSuccesses',
        dimensionsMap: { UserPool: pool.userPoolId, UserPoolClient: client.userPoolClientId },
        statistic,
        period,
      });
    usingMetrics[`all${index}`] = metric('SampleCount');
    usingMetrics[`ok${index}`] = metric('Sum');
    return `(FILL(all${index}, 0) - FILL(ok${index}, 0))`;
  });
  return new MathExpression({
    expression: terms.join(' + '),
    usingMetrics,
    label: 'Failed sign-ins',
    period,
  });
};

/** Share of requests in percent; none if there are too few requests. */
export const rate = (stage: HttpStage, kind: 'client' | 'server'): IMetric =>
  new MathExpression({
    // Each kind has its own ids, because ids are unique in a graph.
    expression: `IF(${kind}Requests > 20, 100 * ${kind}Errors / ${kind}Requests, 0)`,
    usingMetrics: {
      [`${kind}Errors`]: kind === 'client' ? stage.metricClientError() : stage.metricServerError(),
      [`${kind}Requests`]: stage.metricCount(),
    },
    label: kind === 'client' ? '4xx, %' : '5xx, %',
    period,
  });

/**
 * Alarms that send to a topic: errors, throttles and slowness of each trigger, failed sign-ins, shares
 * of 4xx and 5xx of the API.
 */
export class Alarms extends Construct {
  readonly topic: Topic;

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    this.topic = new Topic(this, 'Topic', {
      enforceSSL: true,
      ...(props.encryptionKey && { masterKey: props.encryptionKey }),
    });
    // A policy replaces the default one of SNS, which lets CloudWatch publish. A policy that only denies
    // would let nobody publish.
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        actions: ['sns:Publish'],
        resources: [this.topic.topicArn],
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
    if (props.email) this.topic.addSubscription(new EmailSubscription(props.email));

    for (const [name, lambda] of props.triggers) {
      this.add(`${name}-errors`, lambda.metricErrors({ period }), 1, 'People cannot sign in.');
      this.add(`${name}-throttles`, lambda.metricThrottles({ period }), 1, 'Sign-ins are refused.');
      this.add(
        `${name}-duration`,
        lambda.metricDuration({ period, statistic: 'p99' }),
        2500,
        'Half of the 5 s that Cognito waits, in milliseconds.',
      );
    }
    if (props.clients?.length) {
      this.add(
        'failed-sign-ins',
        failedSignIns(props.pool, props.clients),
        props.failedSignIns ?? 50,
        'Somebody may be trying passwords.',
      );
    }
    if (props.deadLetters) {
      this.add(
        'user-events-lost',
        props.deadLetters.metricApproximateNumberOfMessagesVisible({
          period,
          statistic: 'Maximum',
        }),
        1,
        'Confirmed accounts without a profile: the queue has given up. docs/operations.md says how to go on.',
      );
    }
    if (props.risks) this.addRisks(props.pool);
    if (props.api) this.addApi(props.api);
  }

  /** Source of names and dimensions: Cognito developer guide, threat protection metrics. */
  private addRisks(pool: IUserPool) {
    for (const [id, metricName, meaning] of [
      ['risk-takeover', 'AccountTakeoverRisk', 'Sign-ins look like an attacker’s.'],
      ['risk-credentials', 'CompromisedCredentialRisk', 'Passwords of a leak are tried.'],
    ] as const) {
      const metric = new Metric({
        namespace: 'AWS/Cognito',
        metricName,
        dimensionsMap: { Operation: 'SignIn', UserPoolId: pool.userPoolId, RiskLevel: 'high' },
        statistic: 'Sum',
        period,
      });
      this.add(id, metric, 10, meaning);
    }
  }

  private addApi({ stage, lambdas, refusals }: Pick<HttpApi, 'stage' | 'lambdas' | 'refusals'>) {
    this.add('api-4xx', rate(stage, 'client'), 25, 'Percent of requests that are refused.');
    this.add('api-5xx', rate(stage, 'server'), 5, 'Percent: the API or Supabase fails.');
    // Separate alarms: 401 means invalid tokens, 403 means missing rights.
    this.add('api-401', refusals['401'], 100, 'Requests without a token that counts.');
    this.add('api-403', refusals['403'], 50, 'Requests of people who may not.');
    for (const [route, lambda] of lambdas) {
      const name = route.replace(/[^A-Za-z0-9]+/g, '-');
      this.add(`api-${name}-errors`, lambda.metricErrors({ period }), 1, `${route} fails.`);
      this.add(
        `api-${name}-throttles`,
        lambda.metricThrottles({ period }),
        1,
        `${route} is refused.`,
      );
    }
  }

  private add(id: string, metric: IMetric, threshold: number, alarmDescription: string) {
    const action = new SnsAction(this.topic);
    const alarm = new Alarm(this, id, {
      metric,
      threshold,
      alarmDescription,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      // Missing data is not an alarm, because there may be no sign-ins at night.
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(action);
    alarm.addOkAction(action);
  }
}
