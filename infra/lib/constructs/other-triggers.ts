/** The triggers besides pre-token that functions/ has. */
import { SERVICE_ENV } from '@cognito-supabase/contract/settings';
import type { UserPool } from 'aws-cdk-lib/aws-cognito';
import { Policy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Function as Lambda } from 'aws-cdk-lib/aws-lambda';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import {
  entryOf,
  keylessEnvironment,
  PRE_SIGN_UP,
  presentTriggers,
  SENDERS,
  serviceEnvironment,
  type TriggerSettings,
} from '../triggers.ts';
import { BundledFunction, type FunctionDefaults } from './bundled-function.ts';
import { UserEventQueue } from './user-event-queue.ts';

export interface OtherTriggersProps extends FunctionDefaults, TriggerSettings {
  readonly pool: UserPool;
  /** Whether people also come by identity providers. */
  readonly isFederated: boolean;
}

/**
 * A function for each trigger with an entry in functions/. Each that acts for the service may read the Supabase
 * secret key, if the settings name one, and nothing else.
 */
export class OtherTriggers extends Construct {
  /** Folder in functions/ → function. */
  readonly lambdas: ReadonlyMap<string, Lambda>;
  /** What waits for the database, if a trigger sends there. */
  readonly events: UserEventQueue | undefined;

  constructor(scope: Construct, id: string, props: OtherTriggersProps) {
    super(scope, id);
    const secret =
      props.supabase.secretName === undefined
        ? undefined
        : Secret.fromSecretNameV2(this, 'Secret', props.supabase.secretName);

    const present = presentTriggers(props, props);
    const sends = present.some(({ folder }) => SENDERS.includes(folder));
    this.events =
      secret && sends ? new UserEventQueue(this, 'Events', { ...props, secret }) : undefined;
    this.lambdas = new Map(
      present.map(({ folder, operation }) => {
        const events = SENDERS.includes(folder) ? this.events : undefined;
        const keyless = keylessEnvironment(folder, props);
        const { lambda } = new BundledFunction(this, folder, {
          ...props,
          entry: entryOf(folder),
          description: `Cognito trigger ${folder}`,
          environment: {
            ...(keyless ?? serviceEnvironment(props.supabase)),
            [SERVICE_ENV.queueUrl]: events?.queue.queueUrl,
          },
        });
        if (keyless === undefined) secret?.grantRead(lambda);
        if (folder === PRE_SIGN_UP && props.isFederated) this.allowLinking(lambda, props.pool);
        events?.queue.grantSendMessages(lambda);
        props.pool.addTrigger(operation, lambda);
        return [folder, lambda];
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
