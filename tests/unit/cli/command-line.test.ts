/** Command lines that are refused, the version, and the entry of the package under an old Node. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { main } from '../../../cli/main.ts';

const run = promisify(execFile);
const CLI = path.resolve(import.meta.dirname, '../../../cli');

let printed: string;
beforeEach(() => {
  printed = '';
  const take = (line: unknown) => {
    printed += `${line}\n`;
  };
  vi.spyOn(console, 'log').mockImplementation(take);
  vi.spyOn(console, 'error').mockImplementation(take);
});
afterEach(() => vi.restoreAllMocks());

describe('a command line that is refused says what is wrong and what to do', () => {
  test.each([
    [['connect', '--stge', 'dev'], "unknown option '--stge' (Did you mean --stage?)", 'connect '],
    [['connect', 'dev'], "too many arguments for 'connect'", 'connect '],
    [['connect'], "required option '--stage <stage>' not specified", 'connect '],
    [['disconnect', '--yse'], "unknown option '--yse' (Did you mean --yes?)", 'disconnect '],
    [['init', '--wiht', 'trust'], "unknown option '--wiht' (Did you mean --with?)", 'init '],
    [['completion', 'sh'], "command-argument value 'sh' is invalid", 'completion '],
    [['conect', '--stage', 'dev'], "unknown command 'conect' (Did you mean connect?)", ''],
    [['--verson'], "unknown option '--verson' (Did you mean --version?)", ''],
    [['attach'], '--pool needs the id of a user pool: it is missing', 'attach '],
    [
      ['attach', '--version', 'V3_0'],
      '--pool needs the id of a user pool: it is missing',
      'attach ',
    ],
  ])('%j', async (args, message, command) => {
    expect(await main(args)).toBe(1);
    expect(printed).toContain(`error BAD_OPTION: ${message}`);
    expect(printed).toContain(`\n  → \`npx cognito-supabase ${command}--help\` lists the`);
    expect(printed.trim().split('\n')).toHaveLength(2);
  });
});

test('the version is the one of the package', async () => {
  const { version } = JSON.parse(await readFile(path.join(CLI, 'package.json'), 'utf8'));
  const { stdout } = await run(process.execPath, [path.join(CLI, 'bin.mjs'), '--version']);
  expect(stdout).toBe(`${version}\n`);
});

describe('the entry of the package', () => {
  test('tells an old Node what is needed', async () => {
    const entry = JSON.stringify(path.join(CLI, 'bin.mjs'));
    // Runs the file with the version of an old host.
    const script = `Object.defineProperty(process.versions, 'node', { value: '20.20.2' }); await import(${entry});`;
    const ended = await run(process.execPath, ['--input-type=module', '-e', script]).catch(
      (error) => error,
    );
    expect(ended.code).toBe(1);
    expect(ended.stderr).toBe(
      'error NODE_TOO_OLD: this is Node 20.20.2, and cognito-supabase needs Node 24 or later\n' +
        '  → install Node 24, and run it again\n',
    );
  });

  test('needs the same Node as the package', async () => {
    const { engines, bin } = JSON.parse(await readFile(path.join(CLI, 'package.json'), 'utf8'));
    expect(bin).toEqual({ 'cognito-supabase': './bin.mjs' });
    const text = await readFile(path.join(CLI, 'bin.mjs'), 'utf8');
    expect(engines.node).toBe(`>=${/REQUIRED_NODE = (\d+)/.exec(text)?.[1]}`);
    // An old Node links static imports before it runs a line.
    expect(text).not.toMatch(/^import /m);
  });

  test('ends with the exit code of the command', async () => {
    const ended = await run(process.execPath, [path.join(CLI, 'bin.mjs'), 'connect']).catch(
      (error) => error,
    );
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(/^error BAD_OPTION: .*\n {2}→ .*\n$/);
  });
});

describe('without a project', () => {
  test.each(['types', 'test'])('%s says so, without a trace', async (command) => {
    expect(await main([command, '--workdir', '/nonexistent'])).toBe(1);
    expect(printed).toMatch(
      /^error PROJECT_NOT_FOUND: \/nonexistent has no folder supabase\n {2}→ /,
    );
    expect(printed).not.toMatch(/^ {4}at /m);
  });
});

describe('without a stack', () => {
  test.each([
    ['token', '--stack'],
    ['directory', 'sync'],
  ])('%s names the project and the command of the package', async (...args) => {
    vi.spyOn(process, 'cwd').mockReturnValue('/nonexistent');
    vi.stubEnv('SUPABASE_DB_URL', undefined);
    await main(args);
    vi.unstubAllEnvs();
    process.exitCode = undefined;
    expect(printed).toContain('no stack runs for the project in /nonexistent\n');
    expect(printed).toContain('`npx cognito-supabase dev` (in a clone of the kit: `npm start`)');
    expect(printed).not.toContain('.local');
  });
});
