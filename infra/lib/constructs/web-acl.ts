/** AWS WAF rules for a pool or an API. */
import { ArnFormat, Names, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { CfnLoggingConfiguration, CfnWebACL } from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';
import type { LogDays } from '../../config/settings.ts';

export interface WebAclProps {
  /** CLOUDFRONT works in us-east-1 only. */
  readonly scope: 'REGIONAL' | 'CLOUDFRONT';
  /** In 5 minutes, from one address. @default - 1000 */
  readonly requestsPerAddress?: number;
  /** Logs blocked requests. @default - nothing is kept */
  readonly logs?: LogsOfFirewall;
}

export interface LogsOfFirewall {
  /** @default - 30 */
  readonly logDays?: LogDays;
  /** @default - they are kept */
  readonly removalPolicy?: RemovalPolicy;
  /** @default - a key of AWS */
  readonly encryptionKey?: IKey;
}

const visibility = (metricName: string) => ({
  cloudWatchMetricsEnabled: true,
  sampledRequestsEnabled: true,
  metricName,
});

const managed = (name: string, priority: number) => ({
  name,
  priority,
  overrideAction: { none: {} },
  statement: { managedRuleGroupStatement: { vendorName: 'AWS', name } },
  visibilityConfig: visibility(name),
});

/**
 * Blocks addresses with too many requests, addresses that AWS knows for attacks, and known malicious
 * input. People behind one address share its count.
 */
export class WebAcl extends Construct {
  readonly arn: string;

  constructor(scope: Construct, id: string, props: WebAclProps) {
    super(scope, id);
    this.arn = new CfnWebACL(this, 'Acl', {
      scope: props.scope,
      defaultAction: { allow: {} },
      visibilityConfig: visibility('requests'),
      rules: [
        {
          name: 'requests-per-address',
          priority: 0,
          action: { block: {} },
          statement: {
            rateBasedStatement: { aggregateKeyType: 'IP', limit: props.requestsPerAddress ?? 1000 },
          },
          visibilityConfig: visibility('requests-per-address'),
        },
        managed('AWSManagedRulesAmazonIpReputationList', 1),
        managed('AWSManagedRulesKnownBadInputsRuleSet', 2),
      ],
    }).attrArn;
    if (props.logs) this.addLogs(props.logs);
  }

  private addLogs({ logDays, removalPolicy, encryptionKey }: LogsOfFirewall) {
    const group = new LogGroup(this, 'Logs', {
      // AWS WAF requires this prefix of the log group.
      logGroupName: `aws-waf-logs-${Names.uniqueResourceName(this, { maxLength: 100 })}`,
      retention: logDays ?? 30,
      removalPolicy: removalPolicy ?? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
      ...(encryptionKey && { encryptionKey }),
    });
    new CfnLoggingConfiguration(this, 'Logging', {
      resourceArn: this.arn,
      logDestinationConfigs: [
        Stack.of(this).formatArn({
          service: 'logs',
          resource: 'log-group',
          resourceName: group.logGroupName,
          arnFormat: ArnFormat.COLON_RESOURCE_NAME,
        }),
      ],
      // Tokens, sessions and authorization codes.
      redactedFields: [
        { singleHeader: { Name: 'authorization' } },
        { singleHeader: { Name: 'cookie' } },
        { queryString: {} },
      ],
      loggingFilter: {
        DefaultBehavior: 'DROP',
        Filters: [
          {
            Behavior: 'KEEP',
            Requirement: 'MEETS_ANY',
            Conditions: [{ ActionCondition: { Action: 'BLOCK' } }],
          },
        ],
      },
    });
  }
}
