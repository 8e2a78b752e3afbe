/** The triggers besides pre-token that functions/ has. */
import { SERVICE_ENV } from '@cognito-supabase/contract/settings';
import { Stack } from 'aws-cdk-lib';
import type { UserPool } from 'aws-cdk-lib/aws-cognito';
import { Policy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Function as Lambda } from 'aws-cdk-lib/aws-lambda';
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { EmailSettings } from '../../config/settings.ts';
import {
  entryOf,
  PRE_SIGN_UP,
  presentTriggers,
  type Trigger,
  type TriggerSettings,
} from '../triggers.ts';
import { BundledFunction, type FunctionDefaults } from './bundled-function.ts';
import { UserEventQueue } from './user-event-queue.ts';

export interface OtherTriggersProps extends FunctionDefaults, TriggerSettings {
  readonly pool: UserPool;
  /** Whether people also come by identity providers. */
  readonly isFederated: boolean;
  /** Whether others send to the queue, too. @default - no */
  readonly sharesQueue?: boolean;
}

/**
 * A function for each trigger that the settings want. Each has a role of its own: it may read the secret keys that it
 * needs, send to the queue or send mail if it does, and nothing else.
 */
export class OtherTriggers extends Construct {
  /** Folder in functions/ → function. */
  readonly lambdas: ReadonlyMap<string, Lambda>;
  /** What waits for the database, if a trigger sends there. */
  readonly events: UserEventQueue | undefined;
  readonly #secrets = new Map<string, ISecret>();

  constructor(scope: Construct, id: string, props: OtherTriggersProps) {
    super(scope, id);
    const present = presentTriggers(props, props);
    const { secretName } = props.supabase;
    this.events =
      secretName !== undefined && (props.sharesQueue || present.some(({ sends }) => sends?.(props)))
        ? new UserEventQueue(this, 'Events', { ...props, secret: this.secret(secretName) })
        : undefined;
    this.lambdas = new Map(
      present.map((trigger) => [trigger.folder, this.addTrigger(trigger, props)]),
    );
  }

  private addTrigger(trigger: Trigger, props: OtherTriggersProps): Lambda {
    const { folder, operation, environment, secrets, sends, mails } = trigger;
    const queue = sends?.(props) ? this.events?.queue : undefined;
    const { lambda } = new BundledFunction(this, folder, {
      ...props,
      entry: entryOf(folder),
      description: `Cognito trigger ${folder}`,
      environment: { ...environment?.(props), [SERVICE_ENV.queueUrl]: queue?.queueUrl },
    });
    for (const name of new Set(secrets?.(props)))
      if (name !== undefined) this.secret(name).grantRead(lambda);
    if (folder === PRE_SIGN_UP && props.isFederated) this.allowLinking(lambda, props.pool);
    if (props.email && mails?.(props)) this.allowMail(lambda, props.email);
    queue?.grantSendMessages(lambda);
    props.pool.addTrigger(operation, lambda);
    return lambda;
  }

  /** One construct for each name, however many functions read it. */
  private secret(name: string): ISecret {
    const id = this.#secrets.size === 0 ? 'Secret' : `Secret${this.#secrets.size + 1}`;
    const known = this.#secrets.get(name) ?? Secret.fromSecretNameV2(this, id, name);
    this.#secrets.set(name, known);
    return known;
  }

  /** SES looks for the address as an identity, and then for its domain. */
  private allowMail(lambda: Lambda, { from, verifiedDomain, sesRegion }: EmailSettings): void {
    const stack = Stack.of(this);
    const domain = verifiedDomain ?? from.split('@')[1] ?? '';
    const identity = (resourceName: string): string =>
      stack.formatArn({
        service: 'ses',
        resource: 'identity',
        resourceName,
        ...(sesRegion && { region: sesRegion }),
      });
    lambda.addToRolePolicy(
      new PolicyStatement({
        actions: ['ses:SendEmail'],
        resources: [identity(from), identity(domain)],
        conditions: { StringEquals: { 'ses:FromAddress': from } },
      }),
    );
  }

  /** A policy by itself: in the function's own, pool and function would wait for each other. */
  private allowLinking(lambda: Lambda, pool: UserPool): void {
    const { role } = lambda;
    if (role === undefined) throw new Error('the function has no role');
    new Policy(this, 'Linking', {
      roles: [role],
      statements: [
        new PolicyStatement({
          actions: ['cognito-idp:ListUsers', 'cognito-idp:AdminLinkProviderForUser'],
          resources: [pool.userPoolArn],
        }),
      ],
    });
  }
}
