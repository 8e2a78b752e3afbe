/** The results: a table for people, JSON for the record. */
import { access, constants, mkdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { KitError } from '@cognito-supabase/contract/errors';
import { CAP_MS, type Measured } from './measure.ts';
import { FORMS, type Scenario } from './scenarios.ts';

export interface Result extends Pick<Scenario, 'name' | 'target'> {
  readonly measured: readonly Measured[];
}

/** Of the query alone, ours against none. */
const ratioOf = (result: Result): number | undefined =>
  result.measured.find(({ form }) => form === 'ours')?.queryRatio;

/** Scenarios whose query takes more than their target allows. */
export const missed = (results: readonly Result[]): readonly Result[] =>
  results.filter(
    ({ target, ...result }) =>
      target !== undefined && !((ratioOf(result) ?? Number.POSITIVE_INFINITY) <= target),
  );

const ms = (value: number | undefined): string =>
  value === undefined ? `> ${CAP_MS / 1000} s` : value.toFixed(value < 100 ? 2 : 0);
const times = (value: number | undefined): string =>
  value === undefined ? '' : `${value.toFixed(value < 10 ? 2 : 0)}×`;

function verdict(result: Result): string {
  if (result.target === undefined) return '';
  const word = missed([result]).length > 0 ? 'missed' : 'met';
  return `, target ${result.target}×: ${word}`;
}

/** One scenario, with a line for each form. */
export function formatResult(result: Result): string {
  const row = (form: string, ...cells: readonly string[]): string =>
    `  ${form.padEnd(61)}${cells.map((cell) => cell.padStart(9)).join('')}`;
  const lines = result.measured.map((one) =>
    row(
      FORMS[one.form],
      ms(one.requestMs),
      times(one.requestRatio),
      times(one.calmRatio),
      ms(one.queryMs),
      times(one.queryRatio),
      String(one.rounds),
    ),
  );
  const head = row('', 'request', 'ratio', 'calm', 'query', 'ratio', 'rounds');
  return [`\n${result.name}${verdict(result)}`, head, ...lines].join('\n');
}

const round = (value: number | undefined): number | undefined =>
  value === undefined ? undefined : Number(value.toPrecision(4));

/**
 * Makes the folder of `file`, so that an error is reported before the measurements.
 *
 * @throws KitError BAD_OPTION
 */
export async function prepareFile(file: string): Promise<void> {
  try {
    await mkdir(path.dirname(file), { recursive: true });
    await access(path.dirname(file), constants.W_OK);
    const found = await stat(file).catch(() => undefined);
    if (found?.isDirectory()) throw new Error('it is a folder');
  } catch (cause) {
    const { message } = cause as Error;
    throw new KitError('BAD_OPTION', `${file} cannot be written: ${message}`, 'see --json', {
      cause,
    });
  }
}

/** Writes the report. `about` has the time, the versions and the number of rows. */
export async function writeResults(
  file: string,
  about: Readonly<Record<string, unknown>>,
  results: readonly Result[],
): Promise<void> {
  const record = {
    ...about,
    method:
      'median milliseconds; request: begin, settings, check of the request (ours alone), query, commit as PostgREST sends them; ' +
      'query: the query alone; ratio: to form none in the same rounds; calm: the ratio of the 10th percentiles',
    forms: FORMS,
    results: results.map(({ name, target, measured }) => ({
      name,
      target,
      measured: measured.map((one) => ({
        form: one.form,
        rounds: one.rounds,
        requestMs: round(one.requestMs),
        requestRatio: round(one.requestRatio),
        calmRatio: round(one.calmRatio),
        queryMs: round(one.queryMs),
        queryRatio: round(one.queryRatio),
      })),
    })),
  };
  await writeFile(file, `${JSON.stringify(record, null, 2)}\n`);
}
