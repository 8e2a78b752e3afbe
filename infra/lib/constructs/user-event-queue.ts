/** The queue of what Supabase did not take at once, with its worker and the queue of what never worked. */
import { Duration } from 'aws-cdk-lib';
import type { Function as Lambda } from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { SupabaseSettings } from '../../config/settings.ts';
import { serviceEnvironment } from '../triggers.ts';
import { BundledFunction, type FunctionDefaults } from './bundled-function.ts';

export interface UserEventQueueProps extends FunctionDefaults {
  readonly supabase: SupabaseSettings;
  /** The Supabase secret key. */
  readonly secret: ISecret;
}

/** Longer than all attempts at one batch of the worker. */
const WORKER_TIMEOUT = Duration.seconds(30);

/**
 * Messages have attributes of people, so they are encrypted and travel by TLS only. One that has failed ten times,
 * about an hour, stays for 14 days in `deadLetters`, and an alarm tells of it.
 *
 * @example new UserEventQueue(this, 'Events', { supabase, secret }).queue.grantSendMessages(trigger);
 */
export class UserEventQueue extends Construct {
  readonly queue: Queue;
  readonly deadLetters: Queue;
  readonly worker: Lambda;

  constructor(scope: Construct, id: string, props: UserEventQueueProps) {
    super(scope, id);
    this.deadLetters = new Queue(this, 'DeadLetters', {
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    this.queue = new Queue(this, 'Queue', {
      enforceSSL: true,
      retentionPeriod: Duration.days(4),
      // A message that has failed comes again after this time. AWS asks for six times the worker's timeout.
      visibilityTimeout: Duration.minutes(6),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: 10 },
    });
    const { lambda } = new BundledFunction(this, 'Worker', {
      ...props,
      entry: 'user-events/worker.ts',
      description: 'Carries on what post-confirmation could not do',
      environment: serviceEnvironment(props.supabase),
      timeout: WORKER_TIMEOUT,
    });
    props.secret.grantRead(lambda);
    lambda.addEventSource(
      new SqsEventSource(this.queue, { batchSize: 10, reportBatchItemFailures: true }),
    );
    this.worker = lambda;
  }
}
