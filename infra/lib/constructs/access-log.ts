/** Access logs of the API. */
import { Names, RemovalPolicy } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import { type IAccessLogSettings, LogGroupLogDestination } from 'aws-cdk-lib/aws-apigatewayv2';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { FilterPattern, LogGroup, MetricFilter } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { LogDays } from '../../config/settings.ts';

export interface AccessLogProps {
  /** @default - 30 */
  readonly logDays?: LogDays;
  /** Removal policy of the logs. @default - RETAIN */
  readonly removalPolicy?: RemovalPolicy;
  /** @default - a key of AWS */
  readonly encryptionKey?: IKey;
}

/** Fields of a line. It contains no header, query or body, so it cannot contain a token. */
const FIELDS = {
  requestId: '$context.requestId',
  time: '$context.requestTimeEpoch',
  ip: '$context.identity.sourceIp',
  route: '$context.routeKey',
  status: '$context.status',
  latency: '$context.responseLatency',
  bytes: '$context.responseLength',
  sub: '$context.authorizer.claims.sub',
  client: '$context.authorizer.claims.client_id',
  authorizerError: '$context.authorizer.error',
  integrationError: '$context.integrationErrorMessage',
} as const;

/** Access logs of an HTTP API: a JSON document for each request. */
export class AccessLog extends Construct {
  readonly settings: IAccessLogSettings;
  readonly #logGroup: LogGroup;

  constructor(
    scope: Construct,
    id: string,
    { logDays, removalPolicy, encryptionKey }: AccessLogProps,
  ) {
    super(scope, id);
    const logGroup = new LogGroup(this, 'Logs', {
      retention: logDays ?? 30,
      removalPolicy: removalPolicy ?? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
      ...(encryptionKey && { encryptionKey }),
    });
    this.#logGroup = logGroup;
    this.settings = {
      destination: new LogGroupLogDestination(logGroup),
      format: AccessLogFormat.custom(JSON.stringify(FIELDS)),
    };
  }

  /**
   * Number of requests with a status, counted in the log, because API Gateway counts 4xx only as a whole.
   */
  countOf(status: number): Metric {
    const metricName = `status-${status}`;
    // Includes the API's name, because a namespace belongs to the account.
    const metricNamespace = `cognito-supabase/${Names.uniqueResourceName(this, { maxLength: 100 })}`;
    new MetricFilter(this, `Status${status}`, {
      logGroup: this.#logGroup,
      filterPattern: FilterPattern.stringValue('$.status', '=', String(status)),
      metricNamespace,
      metricName,
      metricValue: '1',
    });
    return new Metric({ namespace: metricNamespace, metricName, statistic: 'Sum' });
  }
}
