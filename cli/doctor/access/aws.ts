/** What doctor reads of AWS. It changes nothing. */
import {
  CloudWatchClient,
  type CloudWatchClientConfig,
  type CompositeAlarm,
  type DescribeAlarmsCommandInput,
  type MetricAlarm,
  paginateDescribeAlarms,
} from '@aws-sdk/client-cloudwatch';
import {
  CognitoIdentityProviderClient,
  DescribeUserPoolCommand,
  paginateListUserPoolClients,
  type UserPoolType,
} from '@aws-sdk/client-cognito-identity-provider';
import {
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  GetPolicyCommand,
  LambdaClient,
} from '@aws-sdk/client-lambda';
import { GetTopicAttributesCommand, SNSClient } from '@aws-sdk/client-sns';

export interface FunctionState {
  readonly state: string;
  /** Its policy as JSON; '' if there is none. */
  readonly policy: string;
}

/** What was deployed as a function, and where its code can be read. */
export interface DeployedFunction {
  readonly description: string;
  readonly handler: string;
  /** Address of the zip, signed for some minutes. Undefined if the function has no zip. */
  readonly location: string | undefined;
}

export interface AlarmsThere {
  readonly metric: readonly MetricAlarm[];
  /** Alarms whose rule names other alarms. */
  readonly composite: readonly CompositeAlarm[];
}

export interface Aws {
  readonly poolId: string;
  /** Undefined if there is no such pool. */
  pool(): Promise<UserPoolType | undefined>;
  /** Ids of its app clients. */
  clients(): Promise<readonly string[]>;
  /** Undefined if there is no such function. */
  functionOf(arn: string): Promise<FunctionState | undefined>;
  /** Undefined if there is no such function. It needs a permission of its own: `lambda:GetFunction`. */
  deployedAs(arn: string): Promise<DeployedFunction | undefined>;
  alarms(): Promise<AlarmsThere>;
  /** Confirmed subscriptions of a topic of SNS. */
  subscribers(topicArn: string): Promise<number>;
  close(): void;
}

export interface AwsOptions {
  readonly poolId: string;
  readonly region: string;
  /** Of Cognito and Lambda. @default - AWS's */
  readonly endpoint?: string;
  /** Of CloudWatch and SNS. @default - AWS's */
  readonly alarmsEndpoint?: string;
}

/** The answer, or undefined if AWS does not know the thing. */
async function unlessMissing<T>(work: Promise<T>): Promise<T | undefined> {
  return work.catch((error: unknown) => {
    if ((error as Error).name === 'ResourceNotFoundException') return undefined;
    throw error;
  });
}

/** Credentials as for the AWS CLI. */
export function openAws({ poolId, region, endpoint, alarmsEndpoint }: AwsOptions): Aws {
  const at = (url: string | undefined): CloudWatchClientConfig => ({
    region,
    maxAttempts: 2,
    ...(url !== undefined && { endpoint: url }),
  });
  const cognito = new CognitoIdentityProviderClient({
    region,
    ...(endpoint !== undefined && { endpoint }),
  });
  const lambda = new LambdaClient({ region, ...(endpoint !== undefined && { endpoint }) });
  const watch = new CloudWatchClient(at(alarmsEndpoint));
  const sns = new SNSClient({
    region,
    ...(alarmsEndpoint !== undefined && { endpoint: alarmsEndpoint }),
  });
  return {
    poolId,
    async pool() {
      const command = new DescribeUserPoolCommand({ UserPoolId: poolId });
      return (await unlessMissing(cognito.send(command)))?.UserPool;
    },
    async clients() {
      const ids: string[] = [];
      const pages = paginateListUserPoolClients({ client: cognito }, { UserPoolId: poolId });
      for await (const { UserPoolClients = [] } of pages)
        ids.push(...UserPoolClients.flatMap(({ ClientId }) => ClientId ?? []));
      return ids;
    },
    async functionOf(FunctionName) {
      const found = await unlessMissing(
        lambda.send(new GetFunctionConfigurationCommand({ FunctionName })),
      );
      if (found === undefined) return undefined;
      const policy = await unlessMissing(lambda.send(new GetPolicyCommand({ FunctionName })));
      return { state: found.State ?? 'Active', policy: policy?.Policy ?? '' };
    },
    async deployedAs(FunctionName) {
      const found = await unlessMissing(lambda.send(new GetFunctionCommand({ FunctionName })));
      if (found === undefined) return undefined;
      const { Description = '', Handler = '' } = found.Configuration ?? {};
      return { description: Description, handler: Handler, location: found.Code?.Location };
    },
    async alarms() {
      const metric: MetricAlarm[] = [];
      const composite: CompositeAlarm[] = [];
      // Without types, the answer has no composite alarms.
      const request: DescribeAlarmsCommandInput = { AlarmTypes: ['MetricAlarm', 'CompositeAlarm'] };
      for await (const page of paginateDescribeAlarms({ client: watch }, request)) {
        metric.push(...(page.MetricAlarms ?? []));
        composite.push(...(page.CompositeAlarms ?? []));
      }
      return { metric, composite };
    },
    async subscribers(TopicArn) {
      const { Attributes } = await sns.send(new GetTopicAttributesCommand({ TopicArn }));
      return Number(Attributes?.SubscriptionsConfirmed ?? 0);
    },
    close() {
      for (const client of [cognito, lambda, watch, sns]) client.destroy();
    },
  };
}
