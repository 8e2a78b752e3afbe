/** Firewall, alarms and dashboard of a stage, if its settings have them. */
import {
  Alarms,
  GuardedDistribution,
  type HttpApi,
  KitDashboard,
  type LogsOfFirewall,
  WebAcl,
} from '@cognito-supabase/cdk';
import type { IUserPool, UserPoolClient } from 'aws-cdk-lib/aws-cognito';
import type { Function as Lambda } from 'aws-cdk-lib/aws-lambda';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { CfnWebACLAssociation } from 'aws-cdk-lib/aws-wafv2';
import type { Construct } from 'constructs';
import { isExisting, type StageSettings } from '../../config/settings.ts';

export interface OperationsProps {
  readonly settings: StageSettings;
  readonly pool: IUserPool;
  readonly triggers: ReadonlyMap<string, Lambda>;
  /** Clients that people sign in with. */
  readonly clients: readonly UserPoolClient[];
  /** Events of users that the database never took. */
  readonly deadLetters: Queue | undefined;
  readonly api: HttpApi | undefined;
  /** Retention and encryption of logs. */
  readonly kept: LogsOfFirewall;
}

export interface Operations {
  /** URL of the API behind the firewall. */
  readonly apiUrl: string | undefined;
  readonly topicArn: string | undefined;
}

/** Adds them to the scope. */
export function addOperations(scope: Construct, props: OperationsProps): Operations {
  const { alarms, dashboard } = props.settings.operations ?? {};
  const watched = {
    pool: props.pool,
    triggers: props.triggers,
    clients: props.clients,
  };
  const { pool } = props.settings;
  const risks = !isExisting(pool) && pool.threatProtection !== undefined;
  if (dashboard) {
    new KitDashboard(scope, 'Dashboard', {
      ...watched,
      ...(props.api && { stage: props.api.stage }),
      name: `cognito-supabase-${props.settings.stage}`,
    });
  }
  return {
    topicArn:
      alarms &&
      new Alarms(scope, 'Alarms', {
        ...watched,
        ...alarms,
        risks,
        ...(props.deadLetters && { deadLetters: props.deadLetters }),
        ...(props.api && { api: props.api }),
        ...(props.kept.encryptionKey && { encryptionKey: props.kept.encryptionKey }),
      }).topic.topicArn,
    apiUrl: addFirewall(scope, props),
  };
}

function addFirewall(scope: Construct, { settings, pool, api, kept }: OperationsProps) {
  const firewall = settings.operations?.firewall;
  const limit = firewall?.requestsPerAddress;
  const requests = {
    ...(limit !== undefined && { requestsPerAddress: limit }),
    ...(firewall?.logs && { logs: kept }),
  };
  if (firewall?.pool) {
    new CfnWebACLAssociation(scope, 'PoolFirewall', {
      resourceArn: pool.userPoolArn,
      webAclArn: new WebAcl(scope, 'PoolAcl', { scope: 'REGIONAL', ...requests }).arn,
    });
  }
  if (!firewall?.api || !api) return undefined;
  const webAclArn =
    firewall.api === true
      ? new WebAcl(scope, 'ApiAcl', { scope: 'CLOUDFRONT', ...requests }).arn
      : firewall.api.webAclArn;
  return new GuardedDistribution(scope, 'ApiFirewall', { api: api.api, webAclArn }).url;
}
