/** What is known of a finding before it is found. */

export type Severity = 'error' | 'warning' | 'note';

export interface Entry {
  readonly severity: Severity;
  /** What is wrong. */
  readonly title: string;
  /** Why it matters. */
  readonly why: string;
  /** What mends it. A check can give the command for one place. */
  readonly cure: string;
}

const of =
  (severity: Severity) =>
  (title: string, why: string, cure: string): Entry => ({ severity, title, why, cure });

export const error = of('error');
export const warning = of('warning');
export const note = of('note');
