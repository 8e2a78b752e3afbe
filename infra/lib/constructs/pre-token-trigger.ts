/** The trigger that puts `role: authenticated` into tokens. */

import { Stack } from 'aws-cdk-lib';
import {
  type IUserPool,
  LambdaVersion,
  UserPool,
  UserPoolOperation,
} from 'aws-cdk-lib/aws-cognito';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Function as Lambda } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { PreTokenSettings } from '../../config/settings.ts';
import { entryOf, preTokenEnvironment } from '../triggers.ts';
import { BundledFunction, type FunctionDefaults } from './bundled-function.ts';

export interface PreTokenTriggerProps extends FunctionDefaults, PreTokenSettings {
  /**
   * The trigger is set on a pool of this app. An imported pool only gets the permission to call it;
   * `attach` (cli/) sets it.
   */
  readonly pool: IUserPool;
}

/**
 * The file that the local stack runs, as a Lambda function that a pool calls before it issues tokens.
 *
 * @example new PreTokenTrigger(this, 'PreToken', { pool, appRoleGroups: ['admin'] });
 */
export class PreTokenTrigger extends Construct {
  readonly lambda: Lambda;

  constructor(scope: Construct, id: string, props: PreTokenTriggerProps) {
    super(scope, id);
    const version = LambdaVersion[props.version ?? 'V3_0'];
    this.lambda = new BundledFunction(this, 'Trigger', {
      ...props,
      entry: entryOf('pre-token'),
      description: `Adds role: authenticated to tokens. ${props.versionReason ?? ''}`.trim(),
      environment: preTokenEnvironment(props),
    }).lambda;

    if (props.pool instanceof UserPool) {
      props.pool.addTrigger(UserPoolOperation.PRE_TOKEN_GENERATION_CONFIG, this.lambda, version);
    } else {
      this.lambda.addPermission('Pool', {
        principal: new ServicePrincipal('cognito-idp.amazonaws.com'),
        sourceArn: props.pool.userPoolArn,
        sourceAccount: Stack.of(this).account,
      });
    }
  }
}
