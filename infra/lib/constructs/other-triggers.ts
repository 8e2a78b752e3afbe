/** The triggers besides pre-token that functions/ has. */
import { SERVICE_ENV } from '@cognito-supabase/contract/settings';
import type { UserPool } from 'aws-cdk-lib/aws-cognito';
import type { Function as Lambda } from 'aws-cdk-lib/aws-lambda';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { MessageSettings, SupabaseSettings } from '../../config/settings.ts';
import {
  CUSTOM_MESSAGE,
  entryOf,
  messageEnvironment,
  POST_CONFIRMATION,
  presentTriggers,
  serviceEnvironment,
} from '../triggers.ts';
import { BundledFunction, type FunctionDefaults } from './bundled-function.ts';
import { UserEventQueue } from './user-event-queue.ts';

export interface OtherTriggersProps extends FunctionDefaults {
  readonly pool: UserPool;
  readonly supabase: SupabaseSettings;
  /** @default - no custom message trigger */
  readonly messages?: MessageSettings | undefined;
}

/**
 * A function for each trigger with an entry in functions/. Each that acts for the service may read the Supabase
 * secret key, if the settings name one, and nothing else.
 */
export class OtherTriggers extends Construct {
  /** Folder in functions/ → function. */
  readonly lambdas: ReadonlyMap<string, Lambda>;
  /** What post-confirmation could not do, if there is that trigger. */
  readonly events: UserEventQueue | undefined;

  constructor(scope: Construct, id: string, props: OtherTriggersProps) {
    super(scope, id);
    const secret =
      props.supabase.secretName === undefined
        ? undefined
        : Secret.fromSecretNameV2(this, 'Secret', props.supabase.secretName);

    const present = presentTriggers(props, props);
    const confirms = present.some(({ folder }) => folder === POST_CONFIRMATION);
    this.events =
      secret && confirms ? new UserEventQueue(this, 'Events', { ...props, secret }) : undefined;
    this.lambdas = new Map(
      present.map(({ folder, operation }) => {
        const events = folder === POST_CONFIRMATION ? this.events : undefined;
        const { lambda } = new BundledFunction(this, folder, {
          ...props,
          entry: entryOf(folder),
          description: `Cognito trigger ${folder}`,
          environment:
            folder === CUSTOM_MESSAGE
              ? messageEnvironment(props.messages)
              : {
                  ...serviceEnvironment(props.supabase),
                  [SERVICE_ENV.queueUrl]: events?.queue.queueUrl,
                },
        });
        // A trigger that only writes texts has no use for the key.
        if (folder !== CUSTOM_MESSAGE) secret?.grantRead(lambda);
        events?.queue.grantSendMessages(lambda);
        props.pool.addTrigger(operation, lambda);
        return [folder, lambda];
      }),
    );
  }
}
