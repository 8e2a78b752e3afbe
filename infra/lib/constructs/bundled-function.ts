/** A Lambda function from an entry of functions/. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { type IRole, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Architecture, Code, Function as Lambda, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { LogDays } from '../../config/settings.ts';
import { bundle, type FunctionsPlace } from '../bundle.ts';
import { withCodeMark } from '../code-mark.ts';
import { explain } from '../explain.ts';

/** Settings that all functions of a stage share. */
export interface FunctionDefaults extends FunctionsPlace {
  /** @default - 30 */
  readonly logDays?: LogDays;
  /** Traces by X-Ray. @default - false */
  readonly tracing?: boolean;
  /** Removal policy of the logs. @default - RETAIN */
  readonly removalPolicy?: RemovalPolicy;
  /** Of the logs. @default - a key of AWS */
  readonly encryptionKey?: IKey;
}

export interface BundledFunctionProps extends FunctionDefaults {
  /** Relative to functions/, as in `pre-token/handler.ts`. */
  readonly entry: string;
  /** The version of the kit and the hash of the code are added. */
  readonly description: string;
  /** Variables without a secret. Empty values are left out. @default - none */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** @default - 5 s, because Cognito waits 5 s for a trigger */
  readonly timeout?: Duration;
  /** Reserved concurrency. @default - the unreserved concurrency of the account */
  readonly reservedConcurrency?: number;
}

/**
 * A function on the current Node and arm64, with 128 MB, a log group with a retention time, and a role
 * that may only write to that log group. The bundle is made at synth, without Docker.
 *
 * @example new BundledFunction(this, 'Health', { entry: 'api/health.ts', description: 'GET /health' });
 */
export class BundledFunction extends Construct {
  readonly lambda: Lambda;
  readonly role: IRole;

  constructor(scope: Construct, id: string, props: BundledFunctionProps) {
    super(scope, id);
    const logGroup = new LogGroup(this, 'Logs', {
      retention: props.logDays ?? 30,
      removalPolicy: props.removalPolicy ?? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
      ...(props.encryptionKey && { encryptionKey: props.encryptionKey }),
    });
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    });
    // Not the managed basic policy, which may write to every log group of the account.
    role.addToPolicy(
      new PolicyStatement({
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: [logGroup.logGroupArn],
      }),
    );
    this.role = role;
    const folder = bundle(props.entry, props);
    this.lambda = new Lambda(this, 'Function', {
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: Code.fromAsset(folder),
      description: withCodeMark(props.description, readFileSync(join(folder, 'index.mjs'))),
      memorySize: 128,
      timeout: props.timeout ?? Duration.seconds(5),
      ...(props.reservedConcurrency !== undefined && {
        reservedConcurrentExecutions: props.reservedConcurrency,
      }),
      tracing: props.tracing ? Tracing.ACTIVE : Tracing.DISABLED,
      environment: Object.fromEntries(
        Object.entries(props.environment ?? {}).flatMap(([name, value]) =>
          value ? [[name, value]] : [],
        ),
      ),
      role,
      logGroup,
    });
    if (props.tracing) {
      explain(role, {
        'AwsSolutions-IAM5[Resource::*]':
          'xray:PutTraceSegments and xray:PutTelemetryRecords know no resources.',
      });
    }
  }
}
