/** The last lines of `connect`: how many of the steps from an empty account to the first row are done. */
import { type Line, leftOutOf } from './plan.ts';

/** Beside the steps of `connect`: deploying the stack, and writing the first row. */
const BESIDE = 2;

export interface ClosingOptions {
  /** Whether this run has deployed the stack. */
  readonly hasDeployed: boolean;
  /** Steps that this run has taken. */
  readonly changes: number;
  /** Tables, views and functions that the Data API reaches and no trust policy guards. */
  readonly unguarded: number;
}

export function closingNote(
  lines: readonly Line[],
  { hasDeployed, changes, unguarded }: ClosingOptions,
): readonly string[] {
  const all = lines.length + BESIDE;
  const done = lines.filter(({ finding }) => finding.state === 'done').length;
  const out = leftOutOf(lines).length;
  const open =
    unguarded === 0
      ? []
      : [
          `note: not guarded: ${unguarded} of the tables, views and functions. npx cognito-supabase doctor names them`,
        ];
  if (changes === 0) return ['nothing to do: everything is connected', ...open];
  return [
    `${changes} changed`,
    `${done + (hasDeployed ? 1 : 0)} of ${all} steps to the first row were done here${out > 0 ? `, ${out} left out` : ''}`,
    ...open,
    `left to you: sign in, and write a first row`,
  ];
}
