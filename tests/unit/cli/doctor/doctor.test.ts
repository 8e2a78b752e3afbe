/** The engine of doctor, and what it prints. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FINDING_IDS } from '../../../../cli/doctor/catalogue/index.ts';
import { type Context, CouldNotSee, check } from '../../../../cli/doctor/check.ts';
import { runDoctor } from '../../../../cli/doctor/command.ts';
import { diagnose, exitCodeOf } from '../../../../cli/doctor/engine.ts';
import { fixable } from '../../../../cli/doctor/fix.ts';
import { diagnosisLines } from '../../../../cli/doctor/report.ts';
import { toSarif } from '../../../../cli/doctor/sarif.ts';
import { fetchJwks, get } from '../../../../cli/token/issuer.ts';

const context: Context = { env: {}, get, fetchJwks, now: Date.now };

const CHECKS = [
  check('blind', ['hosted'], async () => [{ id: 'third-party-missing' }]),
  check('shy', [], async () => {
    throw new CouldNotSee('it is dark');
  }),
  check('broken', [], async () => {
    throw new Error('of the test');
  }),
  check('seeing', [], async () => [
    { id: 'auth-users-present' },
    { id: 'table-without-rls', place: 'public.b', fix: 'select 2', safe: true },
    { id: 'policy-in-select', place: 'public.a: own' },
    { id: 'table-without-rls', place: 'public.a\u001b[2J', fix: 'select 1', safe: true },
    { id: 'table-open-to-anon', place: 'public.a', fix: 'select 1', safe: true },
  ]),
] as const;

test('the worst comes first, and what could not be seen is kept with its reason', async () => {
  const { findings, unseen, seen } = await diagnose(CHECKS, context);
  expect(findings.map(({ severity, id }) => `${severity} ${id}`)).toEqual([
    'error table-open-to-anon',
    'error table-without-rls',
    'error table-without-rls',
    'warning policy-in-select',
    'note auth-users-present',
  ]);
  expect(unseen).toEqual([
    { check: 'blind', reason: 'set SUPABASE_ACCESS_TOKEN, and give --project REF' },
    { check: 'shy', reason: 'it is dark' },
    { check: 'broken', reason: 'of the test' },
  ]);
  expect(seen).toEqual(['seeing']);
});

test('the exit code is that of the worst', async () => {
  const { findings, ...rest } = await diagnose(CHECKS, context);
  const codeOf = (from: number) => exitCodeOf({ ...rest, findings: findings.slice(from) });
  expect([0, 3, 4, 5].map(codeOf)).toEqual([2, 1, 0, 0]);
});

test('the text explains a finding once, and escapes what names of tables have in them', async () => {
  const text = diagnosisLines(await diagnose(CHECKS, context)).join('\n');
  expect(text.match(/Everybody who may read it/g)).toHaveLength(1);
  expect(text).toContain('public.a\\u{1b}[2J');
  expect(text).not.toContain('\u001b[2J');
  expect(text).toContain('blind: set SUPABASE_ACCESS_TOKEN');
  expect(text).toContain('1 checks have run, 3 could not');
});

test('SQL is shown whole, however long it is', async () => {
  const fix = `select '${'long '.repeat(200)}'`;
  const long = check('long', [], async () => [{ id: 'table-without-rls', fix }]);
  expect(diagnosisLines(await diagnose([long], context)).join('\n')).toContain(fix);
});

test('SQL that is safe is offered once', async () => {
  expect(
    fixable(await diagnose(CHECKS, context))
      .map(({ fix }) => fix)
      .toSorted(),
  ).toEqual(['select 1', 'select 2']);
});

test('SARIF has each finding with its rule, and a file for code scanning', async () => {
  const diagnosis = await diagnose(CHECKS, context);
  const { runs } = toSarif(diagnosis, '1.2.3');
  const [run] = runs;
  expect(run?.tool.driver.rules?.map(({ id }) => id)).toEqual(FINDING_IDS);
  expect(run?.results?.map(({ level }) => level)).toEqual([
    ...['error', 'error', 'error'],
    ...['warning', 'note'],
  ]);
  for (const { ruleId, ruleIndex = -1, locations, message } of run?.results ?? []) {
    expect(run?.tool.driver.rules?.[ruleIndex]?.id).toBe(ruleId);
    expect(locations?.[0]?.physicalLocation?.artifactLocation?.uri).toBe('supabase/config.toml');
    expect(message.text).toContain('To mend it:');
  }
  const prints = run?.results?.map(({ partialFingerprints }) =>
    JSON.stringify(partialFingerprints),
  );
  expect(new Set(prints).size).toBe(5);
});

describe('the command, on a project alone', () => {
  let workdir: string;
  beforeAll(async () => {
    workdir = await mkdtemp(path.join(tmpdir(), 'doctor-'));
  });
  afterAll(() => rm(workdir, { recursive: true }));

  const run = async (options: object = {}, env: Readonly<Record<string, string>> = {}) => {
    const lines: string[] = [];
    const print = (line: string) => void lines.push(line);
    const code = await runDoctor(
      { workdir, ...options },
      { input: Readable.from(['']), env, print },
    );
    return { code, text: lines.join('\n') };
  };

  test('without any access it finds nothing, and says what it could not see', async () => {
    const { code, text } = await run();
    expect(code).toBe(0);
    expect(text).toContain('run it in the folder that has supabase/, or give --workdir DIR');
    expect(text).toContain('0 checks have run');
    expect(text).not.toContain('nothing is wrong');
  });

  test('a project is looked at, as JSON and as SARIF', async () => {
    await mkdir(path.join(workdir, 'supabase/functions/hello'), { recursive: true });
    await writeFile(path.join(workdir, 'supabase/config.toml'), '[auth]\nenable_signup = false\n');
    const sarif = path.join(workdir, 'doctor.sarif');
    const { code, text } = await run({ json: true, sarif });
    expect(code).toBe(2);
    const { findings } = JSON.parse(text) as { findings: { id: string; place: string }[] };
    expect(findings.map(({ id, place }) => [id, place])).toEqual([
      ['config-third-party-missing', 'supabase/config.toml'],
      ['config-verify-jwt', 'supabase/functions/hello'],
    ]);
    const log = JSON.parse(await readFile(sarif, 'utf8'));
    expect(log.runs[0].results).toHaveLength(2);
    expect(log.runs[0].tool.driver.version).toMatch(/^\d+\.\d+\.\d+$/);
  });

  test.each([
    ['--pool', { pool: 'nothing' }, 'BAD_OPTION'],
    ['--token-stdin without a token', { tokenStdin: true }, 'TOKEN_MISSING'],
  ])('%s is refused', async (_name, options, code) => {
    await expect(run(options)).rejects.toMatchObject({ code });
  });
});
