/** Prints a diagnosis for people. */
import { printable } from '@cognito-supabase/local/printable';
import { inFull, paint } from '../token/paint.ts';
import type { Severity } from './catalogue/entry.ts';
import type { Diagnosis, Finding, Unseen } from './engine.ts';

const COLOURS = { error: 'red', warning: 'yellow', note: 'cyan' } as const;

const HEADINGS: readonly (readonly [Severity, string])[] = [
  ['error', 'errors'],
  ['warning', 'warnings'],
  ['note', 'notes'],
];

/** A finding can be at many places, and is explained once. */
function groupLines([first, ...more]: readonly Finding[]): readonly string[] {
  if (first === undefined) return [];
  const at = ({ place, what, fix }: Finding): readonly string[] => [
    `    ${paint('bold', printable(place ?? ''))}${place === undefined ? '' : '  '}${inFull(what)}`,
    ...fix.split('\n').map((part, index) => `      ${index === 0 ? '→' : ' '} ${inFull(part)}`),
  ];
  return [
    `  ${paint(COLOURS[first.severity], first.id)}`,
    paint('dim', `    ${first.why}`),
    ...[first, ...more].flatMap(at),
  ];
}

/** Checks with the same reason share a line. */
function unseenLines(unseen: readonly Unseen[]): readonly string[] {
  const byReason = Map.groupBy(unseen, ({ reason }) => reason);
  return [...byReason].map(([reason, all]) => {
    const names = all.map(({ check }) => check).join(', ');
    return `  ${names}: ${inFull(reason)}`;
  });
}

export function diagnosisLines(diagnosis: Diagnosis): readonly string[] {
  const { findings, unseen, seen, unusable } = diagnosis;
  const lines: string[] = [];
  for (const [severity, heading] of HEADINGS) {
    const own = findings.filter((finding) => finding.severity === severity);
    if (own.length === 0) continue;
    lines.push('', paint('bold', `${own.length} ${own.length === 1 ? severity : heading}`));
    const groups = Map.groupBy(own, ({ id }) => id);
    for (const group of groups.values()) lines.push(...groupLines(group));
  }
  const isRight = findings.length === 0 && seen.length > 0 && unusable.length === 0;
  if (isRight) lines.push(paint('green', 'nothing is wrong'));
  if (unusable.length > 0) lines.push('', paint('red', 'could not use'));
  for (const { name, reason } of unusable) lines.push(`  ${printable(name)}: ${inFull(reason)}`);
  if (unseen.length > 0) lines.push('', paint('bold', 'could not see'), ...unseenLines(unseen));
  lines.push('', paint('dim', `${seen.length} checks have run, ${unseen.length} could not`));
  return lines[0] === '' ? lines.slice(1) : lines;
}
