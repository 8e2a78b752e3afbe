/** The dashboard of a stage. */
import type { HttpStage } from 'aws-cdk-lib/aws-apigatewayv2';
import { Dashboard, GraphWidget, type IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import type { IUserPool, UserPoolClient } from 'aws-cdk-lib/aws-cognito';
import type { Function as Lambda } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { failedSignIns, rate } from './alarms.ts';

export interface KitDashboardProps {
  readonly name: string;
  readonly pool: IUserPool;
  readonly triggers: ReadonlyMap<string, Lambda>;
  /** @default - no graph of sign-ins */
  readonly clients?: readonly UserPoolClient[];
  /** @default - no graph of the API */
  readonly stage?: HttpStage;
}

/** A row each for sign-ins, triggers and API. */
export class KitDashboard extends Construct {
  constructor(scope: Construct, id: string, props: KitDashboardProps) {
    super(scope, id);
    const graph = (title: string, left: IMetric[]) => new GraphWidget({ title, left, width: 12 });
    const lambdas = [...props.triggers.values()];
    const { stage, clients = [] } = props;
    new Dashboard(this, 'Dashboard', {
      dashboardName: props.name,
      widgets: [
        clients.length ? [graph('Failed sign-ins', [failedSignIns(props.pool, clients)])] : [],
        [
          graph('Triggers: errors and throttles', [
            ...lambdas.map((lambda) => lambda.metricErrors()),
            ...lambdas.map((lambda) => lambda.metricThrottles()),
          ]),
          graph(
            'Triggers: duration p99, ms',
            lambdas.map((lambda) => lambda.metricDuration({ statistic: 'p99' })),
          ),
        ],
        stage
          ? [
              graph('API: errors', [rate(stage, 'client'), rate(stage, 'server')]),
              graph('API: latency p95, ms', [stage.metricLatency({ statistic: 'p95' })]),
            ]
          : [],
      ].filter((row) => row.length),
    });
  }
}
