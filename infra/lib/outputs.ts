/** Stack outputs with the names of the contract. */
import type { DeployOutput } from '@cognito-supabase/contract/settings';
import { CfnOutput, type Stack } from 'aws-cdk-lib';

/** @param values - output → value; undefined values are left out */
export function addOutputs(
  stack: Stack,
  values: Readonly<Partial<Record<DeployOutput, string | undefined>>>,
) {
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined) new CfnOutput(stack, name, { value }).overrideLogicalId(name);
  }
}
