/** What the pool itself logs. */
import { ArnFormat, Names, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { CfnLogDeliveryConfiguration, type IUserPool } from 'aws-cdk-lib/aws-cognito';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { LogDays, PoolSettings } from '../../config/settings.ts';

export interface PoolLogsProps {
  readonly pool: IUserPool;
  readonly logs: NonNullable<PoolSettings['logs']>;
  /** @default - 30 */
  readonly logDays?: LogDays;
  /** What becomes of the logs with the stack. @default - they are kept */
  readonly removalPolicy?: RemovalPolicy;
  /** @default - a key of AWS */
  readonly encryptionKey?: IKey;
}

/** Settings → what Cognito calls it. Source: LogConfigurationType of the API reference. */
const SOURCES = {
  delivery: { eventSource: 'userNotification', logLevel: 'ERROR' },
  'sign-ins': { eventSource: 'userAuthEvents', logLevel: 'INFO' },
} as const;

/**
 * Log groups for mails that were not delivered and for judged sign-ins. The latter hold names and
 * addresses of people, so they are a choice.
 */
export class PoolLogs extends Construct {
  constructor(scope: Construct, id: string, props: PoolLogsProps) {
    super(scope, id);
    const stack = Stack.of(this);
    new CfnLogDeliveryConfiguration(this, 'Delivery', {
      userPoolId: props.pool.userPoolId,
      logConfigurations: [...new Set(props.logs)].map((kind) => {
        const group = new LogGroup(this, kind, {
          // AWS's own prefix for deliveries: others share one policy, which is soon full.
          logGroupName: `/aws/vendedlogs/cognito/${Names.uniqueResourceName(this, { maxLength: 80 })}-${kind}`,
          retention: props.logDays ?? 30,
          removalPolicy: props.removalPolicy ?? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
          ...(props.encryptionKey && { encryptionKey: props.encryptionKey }),
        });
        return {
          ...SOURCES[kind],
          cloudWatchLogsConfiguration: {
            logGroupArn: stack.formatArn({
              service: 'logs',
              resource: 'log-group',
              resourceName: group.logGroupName,
              arnFormat: ArnFormat.COLON_RESOURCE_NAME,
            }),
          },
        };
      }),
    });
  }
}
