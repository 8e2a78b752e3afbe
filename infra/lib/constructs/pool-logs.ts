/** Logs of the pool itself. */
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
  /** Removal policy of the logs. @default - they are kept */
  readonly removalPolicy?: RemovalPolicy;
  /** @default - a key of AWS */
  readonly encryptionKey?: IKey;
}

/** Setting → Cognito's name. Source: LogConfigurationType of the API reference. */
const SOURCES = {
  delivery: { eventSource: 'userNotification', logLevel: 'ERROR' },
  'sign-ins': { eventSource: 'userAuthEvents', logLevel: 'INFO' },
} as const;

/**
 * Log groups for undelivered mails and for the risk of sign-ins. The latter contain names and addresses
 * of people, so they are optional.
 */
export class PoolLogs extends Construct {
  constructor(scope: Construct, id: string, props: PoolLogsProps) {
    super(scope, id);
    const stack = Stack.of(this);
    new CfnLogDeliveryConfiguration(this, 'Delivery', {
      userPoolId: props.pool.userPoolId,
      logConfigurations: [...new Set(props.logs)].map((kind) => {
        const group = new LogGroup(this, kind, {
          // AWS's prefix for log deliveries. Log groups with other names share one policy, which has a
          // size limit.
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
