/** Stack outputs by the names of the contract, and no others. */
import type { DeployOutput } from '@cognito-supabase/contract/settings';
import { CfnOutput, type Stack } from 'aws-cdk-lib';

/** @param values - output → value; what the stage does without is undefined and left out */
export function addOutputs(
  stack: Stack,
  values: Readonly<Record<DeployOutput, string | undefined>>,
) {
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined) new CfnOutput(stack, name, { value }).overrideLogicalId(name);
  }
}
