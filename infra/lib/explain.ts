/** Acknowledges findings of cdk-nag, each with its reason. */
import { Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/**
 * @param scope - where the finding is, including everything beneath it
 * @param reasons - finding, as cdk-nag prints it → why it is acceptable
 */
export function explain(scope: IConstruct, reasons: Readonly<Record<string, string>>) {
  Validations.of(scope).acknowledge(
    ...Object.entries(reasons).map(([id, reason]) => ({ id, reason })),
  );
}
