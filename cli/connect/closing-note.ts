/** The last lines of `connect`: how many of the steps from an empty account to the first row are done. */
import { type Line, leftOutOf } from './plan.ts';

/** Beside the steps of `connect`: deploying the stack, and writing the first row. */
const BESIDE = 2;

export interface ClosingOptions {
  /** Whether this run has deployed the stack. */
  readonly hasDeployed: boolean;
  readonly changes: number;
}

export function closingNote(
  lines: readonly Line[],
  { hasDeployed, changes }: ClosingOptions,
): readonly string[] {
  const all = lines.length + BESIDE;
  const done = lines.filter(({ finding }) => finding.state === 'done').length;
  const out = leftOutOf(lines).length;
  return [
    changes === 0 ? 'nothing to do: everything is connected' : `${changes} changed`,
    `${done + (hasDeployed ? 1 : 0)} of ${all} steps to the first row were done here${out > 0 ? `, ${out} left out` : ''}`,
    hasDeployed
      ? 'left to you: the first row, such as a note'
      : 'beside them: cdk deploy, which came before, and the first row, such as a note, which is left to you',
  ];
}
