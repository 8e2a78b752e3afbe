/** The engine of doctor, and what it prints. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { parse } from 'smol-toml';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openHosted } from '../../../../cli/doctor/access/hosted.ts';
import { FINDING_IDS } from '../../../../cli/doctor/catalogue/index.ts';
import { type Context, CouldNotSee, check } from '../../../../cli/doctor/check.ts';
import { config } from '../../../../cli/doctor/checks/config.ts';
import { runDoctor } from '../../../../cli/doctor/command.ts';
import { diagnose, exitCodeOf } from '../../../../cli/doctor/engine.ts';
import { fixable } from '../../../../cli/doctor/fix.ts';
import { diagnosisLines } from '../../../../cli/doctor/report.ts';
import { toSarif } from '../../../../cli/doctor/sarif.ts';
import { fetchJwks, get } from '../../../../cli/token/issuer.ts';
import { hostedOf, registrationOf, startStandIn } from '../../../support/doctor-world.ts';

const context: Context = { env: {}, get, fetchJwks, now: Date.now };

/** An Edge Function that its scheduler calls with the service key. */
const SOURCE = 'Deno.serve(() => new Response("done"));';

const RIGHT_CONFIG = `
[auth]
enable_signup = false
[auth.third_party.workos]
enabled = true
issuer_url = "env(NOT_SET)"
`;

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

test('the exit code is that of the worst, and what could not be used comes before a warning', async () => {
  const { findings, ...rest } = await diagnose(CHECKS, context);
  const codeOf = (from: number) => exitCodeOf({ ...rest, findings: findings.slice(from) });
  expect([0, 3, 4, 5].map(codeOf)).toEqual([2, 1, 0, 0]);
  const unusable = [{ name: '--pool', reason: 'of the test' }];
  const blindCodeOf = (from: number) =>
    exitCodeOf({ ...rest, unusable, findings: findings.slice(from) });
  expect([0, 3, 4, 5].map(blindCodeOf)).toEqual([2, 3, 3, 3]);
  expect(exitCodeOf({ ...rest, seen: [], findings: [] })).toBe(3);
});

describe('an access that the caller has named', () => {
  const hosted = openHosted({ project: 'abcdefghijklmnopqrst', accessToken: 'of-the-test' });
  const named = new Map([['hosted', '--project']] as const);
  const seeing = check('seeing', ['hosted'], async () => []);
  const blind = check('blind', ['hosted'], async () => {
    throw new CouldNotSee('it is dark');
  });
  const partly = check('partly', ['hosted'], async () => {
    throw new CouldNotSee('half', [{ id: 'auth-users-present' }]);
  });
  const other = check('other', [], async () => []);

  test.each([
    ['no check sees anything', [blind, other], named, ['--project']],
    ['one of two checks sees', [blind, seeing], named, []],
    ['a check sees a part', [partly], named, []],
    ['nobody has named it', [blind, other], new Map(), []],
  ])('%s', async (_name, checks, names, expected) => {
    const own = { ...context, hosted, named: names };
    const { unusable } = await diagnose(checks, own);
    expect(unusable.map(({ name }) => name)).toEqual(expected);
  });

  test('its reason stands at the checks that need it', async () => {
    const unusable = [{ name: '--project', reason: 'of the test', accesses: ['hosted'] }] as const;
    const diagnosis = await diagnose([seeing], { ...context, unusable });
    expect(diagnosis.unseen).toEqual([{ check: 'seeing', reason: 'of the test' }]);
    expect(diagnosis.unusable).toEqual([{ name: '--project', reason: 'of the test' }]);
    expect(diagnosisLines(diagnosis).join('\n')).toContain(
      'could not use\n  --project: of the test',
    );
  });
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
    expect(code).toBe(3);
    expect(text).toContain('run it in the folder that has supabase/, or give --workdir DIR');
    expect(text).toContain('0 checks have run');
    expect(text).not.toContain('nothing is wrong');
  });

  test('a project is looked at, as JSON and as SARIF', async () => {
    for (const name of ['cron-job', 'stripe hook', 'my hello']) {
      await mkdir(path.join(workdir, 'supabase/functions', name), { recursive: true });
      await writeFile(path.join(workdir, 'supabase/functions', name, 'index.ts'), SOURCE);
    }
    const hello = path.join(workdir, 'supabase/functions/my hello/index.ts');
    await writeFile(hello, "import { jwtVerify } from 'jose';");
    await writeFile(path.join(workdir, 'supabase/config.toml'), '[auth]\nenable_signup = false\n');
    const sarif = path.join(workdir, 'doctor.sarif');
    const { code, text } = await run({ json: true, sarif });
    expect(code).toBe(2);
    const { findings } = JSON.parse(text) as {
      findings: { id: string; severity: string; place: string; fix: string }[];
    };
    expect(findings.map(({ id, place, severity }) => [id, place, severity])).toEqual([
      ['config-third-party-missing', 'supabase/config.toml', 'error'],
      ['config-verify-jwt', 'supabase/functions/my hello', 'note'],
    ]);
    const { fix = '' } = findings[1] ?? {};
    expect(fix).toMatch(/^# only if the function verifies the token/);
    expect(parse(fix)).toEqual({ functions: { 'my hello': { verify_jwt: false } } });
    const log = JSON.parse(await readFile(sarif, 'utf8'));
    expect(log.runs[0].results).toHaveLength(2);
    const [, { locations, message }] = log.runs[0].results;
    // A file and a URI, and not the folder of the function.
    expect(locations[0].physicalLocation.artifactLocation.uri).toBe('supabase/config.toml');
    expect(message.text).toContain('only if the function verifies the token');
    expect(log.runs[0].tool.driver.version).toMatch(/^\d+\.\d+\.\d+$/);
  });

  const FULL = { SUPABASE_ACCESS_TOKEN: `sbp_${'a'.repeat(40)}` };
  const DEAD = { ...FULL, SUPABASE_API_BASE_URL: 'http://127.0.0.1:9' };

  test.each<[string, object, Readonly<Record<string, string>>, readonly string[]]>([
    ['an id that is none', { pool: 'nothing' }, {}, ['--pool']],
    ['no token on standard input', { tokenStdin: true }, {}, ['--token-stdin']],
    ['a project without an access token', { project: 'abcdefghijklmnopqrst' }, {}, ['--project']],
    ['an empty project', { project: '' }, FULL, ['--project']],
    ['an empty issuer', { issuer: '' }, { COGNITO_ISSUER: 'https://127.0.0.1:9' }, ['--issuer']],
    ['an issuer that is no https URL', { issuer: 'example' }, {}, ['--issuer']],
    [
      'a Management API that does not answer',
      { project: 'abcdefghijklmnopqrst' },
      DEAD,
      ['--project'],
    ],
    ['an endpoint without a pool', { endpoint: 'http://127.0.0.1:9' }, {}, ['--endpoint']],
    ['a stack that does not run', { stack: '/nowhere' }, {}, ['--stack']],
    ['--fix without a database', { fix: true }, {}, ['--fix']],
    ['a SARIF file that cannot be written', { sarif: '/nowhere/doctor.sarif' }, {}, ['--sarif']],
    ['a variable that is empty', {}, { SUPABASE_DB_URL: '' }, ['SUPABASE_DB_URL']],
    ['a Data API without its key', {}, { SUPABASE_URL: 'http://127.0.0.1:9' }, ['SUPABASE_URL']],
    ['a database URL of another form', {}, { SUPABASE_DB_URL: 'mysql://me' }, ['SUPABASE_DB_URL']],
    ['a folder without supabase/', { workdir: '/nowhere', namesWorkdir: true }, {}, ['--workdir']],
  ])('%s: code 3, and JSON all the same', async (_name, options, env, expected) => {
    await mkdir(path.join(workdir, 'supabase'), { recursive: true });
    await writeFile(path.join(workdir, 'supabase/config.toml'), RIGHT_CONFIG);
    const { code, text } = await run({ json: true, ...options }, env);
    const { unusable } = JSON.parse(text) as { unusable: { name: string; reason: string }[] };
    expect(unusable.map(({ name }) => name)).toEqual(expected);
    expect(unusable[0]?.reason).not.toBe('');
    expect(code).toBe(3);
  });

  test('if the stack does not run, the database of the environment is not mended in its place', async () => {
    const env = { SUPABASE_DB_URL: 'postgresql://postgres@127.0.0.1:9/other' };
    const { text } = await run({ json: true, stack: '/nowhere', fix: true, yes: true }, env);
    const { unusable } = JSON.parse(text) as { unusable: { name: string }[] };
    expect(unusable.map(({ name }) => name)).toEqual(['--stack', '--fix']);
  });

  test('config.toml without the pool is a note, if the hosted project knows the pool', async () => {
    const server = await startStandIn(() => undefined);
    const issuer = 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbC';
    const severities = async (own: string) => {
      const registrations = [registrationOf(own)];
      server.respond = hostedOf({ registrations, auth: {}, functions: [], schemas: 'public' });
      const hosted = openHosted({
        ...{ project: 'abcdefghijklmnopqrst', accessToken: 'of-the-test', endpoint: server.url },
      });
      const project = {
        ...{ config: '[auth]\nenable_signup = false', migrations: [], functions: [] },
        verifiers: [],
      };
      const { findings } = await diagnose([config], { ...context, hosted, issuer, project });
      return findings.map(({ severity }) => severity);
    };
    expect(await severities(issuer)).toEqual(['note']);
    expect(await severities(`${issuer}d`)).toEqual(['error']);
    await server.close();
  });
});
