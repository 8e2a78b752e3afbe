/** The steps in their order, and how they are shown and carried out. */
import { styleText } from 'node:util';
import { KitError } from '@cognito-supabase/contract/errors';
import { inFull } from '../token/paint.ts';
import type { Before } from './record.ts';
import { type Change, done, type Finding, nothingToUndo, type Step } from './step.ts';
import { emailProvider, signUps } from './steps/auth-settings.ts';
import { directory } from './steps/directory.ts';
import { envFile, publishableKey } from './steps/env-file.ts';
import { exposedSchemas } from './steps/exposed-schemas.ts';
import { extensions } from './steps/extensions.ts';
import { migrations } from './steps/migrations.ts';
import { preRequest } from './steps/pre-request.ts';
import { formerKeys, readerKey } from './steps/reader-key.ts';
import { schedules } from './steps/schedules.ts';
import { thirdPartyAuth } from './steps/third-party-auth.ts';
import { trust } from './steps/trust.ts';
import { usersTable } from './steps/users-table.ts';
import { vault } from './steps/vault.ts';
import type { World } from './world.ts';

/** They are read before the plan is made. */
const outputs: Step = {
  name: 'outputs of the stack',
  inspect: async ({ outputs: found }) => done(`pool ${found.UserPoolId}`),
  inspectUndo: nothingToUndo('are only read'),
};

export const STEPS: readonly Step[] = [
  outputs,
  thirdPartyAuth,
  signUps,
  emailProvider,
  exposedSchemas,
  extensions,
  migrations,
  readerKey,
  vault,
  trust,
  usersTable,
  preRequest,
  schedules,
  directory,
  formerKeys,
  publishableKey,
  envFile,
];

/** A step is undone before what it uses. Vault has the former secrets before cognito.users reads them. */
const UNDO_STEPS: readonly Step[] = [
  ...[schedules, preRequest, trust, vault, usersTable, readerKey],
  ...[exposedSchemas, emailProvider, signUps, thirdPartyAuth, migrations, extensions, envFile],
];

export interface Line {
  readonly name: string;
  readonly finding: Finding;
}

/** A step, bound to what it looks at. */
export interface BoundStep {
  readonly name: string;
  readonly inspect: () => Promise<Finding>;
}

export const connectSteps = (world: World): readonly BoundStep[] =>
  STEPS.map(({ name, inspect }) => ({ name, inspect: () => inspect(world) }));

export const disconnectSteps = (world: World, before: Before): readonly BoundStep[] =>
  UNDO_STEPS.map(({ name, inspectUndo }) => ({
    name,
    inspect: () => inspectUndo(world, before),
  }));

/** What is left to give back on this machine when another one has disconnected the stage. */
export const localSteps = (world: World, before: Before): readonly BoundStep[] => [
  { name: envFile.name, inspect: () => envFile.inspectUndo(world, before) },
];

/** Looks at everything, and changes nothing. One after another, because the API counts requests. */
export async function plan(steps: readonly BoundStep[]): Promise<readonly Line[]> {
  const lines: Line[] = [];
  for (const { name, inspect } of steps) lines.push({ name, finding: await inspect() });
  return lines;
}

const MARKS = {
  done: { mark: '✓', colour: 'green' },
  'left out': { mark: '–', colour: 'yellow' },
  change: { mark: '→', colour: 'cyan' },
} as const;

/** In colours on a terminal only: `styleText` looks at standard output and NO_COLOR. */
function lineOf({ name, finding: { state, says } }: Line): string {
  const { mark, colour } = MARKS[state];
  return `  ${styleText(colour, mark)} ${name.padEnd(32)}${inFull(says)}`;
}

export const changesOf = (lines: readonly Line[]): readonly Change[] =>
  lines.flatMap(({ finding }) => (finding.state === 'change' ? [finding] : []));

export const leftOutOf = (lines: readonly Line[]): readonly Line[] =>
  lines.filter(({ finding }) => finding.state === 'left out');

export function show(lines: readonly Line[], print: (line: string) => void): void {
  for (const line of lines) print(lineOf(line));
}

/**
 * Takes the steps one after another. Each one looks again first, because the steps before it have changed what it sees,
 * and afterwards, so that no step counts as done that is not.
 *
 * @throws KitError CONNECT_INCOMPLETE
 */
export async function carryOut(
  steps: readonly BoundStep[],
  print: (line: string) => void,
): Promise<{ readonly lines: readonly Line[]; readonly taken: number }> {
  const lines: Line[] = [];
  let taken = 0;
  for (const { name, inspect } of steps) {
    let finding = await inspect();
    if (finding.state === 'change') {
      print(lineOf({ name, finding }));
      await finding.apply();
      taken += 1;
      finding = await inspect();
      if (finding.state === 'change')
        throw new KitError(
          'CONNECT_INCOMPLETE',
          `${name}: it was changed, and still differs (${inFull(finding.says)})`,
          'somebody else may change it at the same time; run it again',
        );
    }
    lines.push({ name, finding });
  }
  return { lines, taken };
}
