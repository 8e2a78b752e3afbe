/** The triggers besides pre-token that functions/ has. */
import type { UserPool } from 'aws-cdk-lib/aws-cognito';
import type { Function as Lambda } from 'aws-cdk-lib/aws-lambda';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { SupabaseSettings } from '../../config/settings.ts';
import { entryOf, presentTriggers, serviceEnvironment } from '../triggers.ts';
import { BundledFunction, type FunctionDefaults } from './bundled-function.ts';

export interface OtherTriggersProps extends FunctionDefaults {
  readonly pool: UserPool;
  readonly supabase: SupabaseSettings;
}

/**
 * A function for each trigger with an entry in functions/. Each may read the Supabase secret key, if the
 * settings name one, and nothing else.
 */
export class OtherTriggers extends Construct {
  /** Folder in functions/ → function. */
  readonly lambdas: ReadonlyMap<string, Lambda>;

  constructor(scope: Construct, id: string, props: OtherTriggersProps) {
    super(scope, id);
    const secret =
      props.supabase.secretName === undefined
        ? undefined
        : Secret.fromSecretNameV2(this, 'Secret', props.supabase.secretName);

    this.lambdas = new Map(
      presentTriggers(props).map(({ folder, operation }) => {
        const { lambda } = new BundledFunction(this, folder, {
          ...props,
          entry: entryOf(folder),
          description: `Cognito trigger ${folder}`,
          environment: serviceEnvironment(props.supabase),
        });
        secret?.grantRead(lambda);
        props.pool.addTrigger(operation, lambda);
        return [folder, lambda];
      }),
    );
  }
}
