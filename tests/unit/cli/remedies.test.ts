/** Commands of this package in remedies of `doctor` and in messages: the command line takes each of them as it is printed. */
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { parseOptions as parseSync } from '../../../cli/directory/options.ts';
import { CATALOGUE } from '../../../cli/doctor/catalogue/index.ts';
import { main, makeProgram } from '../../../cli/main.ts';
import { parseOptions as parseTrigger } from '../../../cli/trigger/options.ts';

const ROOT = path.resolve(import.meta.dirname, '../../..');

/** A command with its options and values. The sentence may go on after it. */
const COMMAND =
  /npx cognito-supabase (modules (?:add|remove) [\w-]+|[a-z-]+(?: (?:sync|--[\w-]+|[A-Z][\w]*\b))*)/g;

const commandsIn = (text: string): readonly string[] =>
  [...text.matchAll(COMMAND)].map(([, command = '']) => command);

const messages = await Promise.all(
  ['local/connect.ts', 'local/stack-env.ts', 'local/pgtap.ts', 'cli/connect/options.ts'].map(
    (name) => readFile(path.join(ROOT, name), 'utf8'),
  ),
);
const commands = new Set(
  [...Object.values(CATALOGUE).map(({ cure }) => cure), ...messages].flatMap(commandsIn),
);

/** What a reader puts in place of names in capitals. */
const EXAMPLES: ReadonlyMap<string, string> = new Map([
  ['POOL', 'eu-central-1_a1B2c3D4e'],
  ['ARN', 'arn:aws:lambda:eu-central-1:111122223333:function:pre-token'],
  ['STAGE', 'dev'],
  ['REF', 'abcdefghijklmnopqrst'],
]);

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'remedies-'));
  await mkdir(path.join(dir, 'supabase'));
  vi.spyOn(process, 'cwd').mockReturnValue(dir);
  vi.spyOn(console, 'log').mockImplementation(() => undefined);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(dir, { recursive: true });
});

/** Reads a command line to its end, and runs nothing. */
async function parse(args: readonly string[]): Promise<void> {
  const program = makeProgram();
  for (const command of program.commands) command.action(() => undefined);
  await program.parseAsync([...args], { from: 'user' });
}

test('there are remedies', () => {
  expect(commands.size).toBeGreaterThan(8);
  expect([...commands]).toContain('modules add hardening');
});

test.each([...commands])('%s', async (command) => {
  const args = command.split(' ').map((word) => EXAMPLES.get(word) ?? word);
  const [name = '', ...options] = args;
  expect(makeProgram().commands.map((one) => one.name())).toContain(name);
  // A sentence that only names a command leaves its options to --help.
  if (options.length === 0) return;
  if (name === 'modules') {
    expect(await main(args)).toBe(0);
    expect(await readdir(path.join(dir, 'supabase/migrations'))).not.toEqual([]);
  } else if (name === 'attach' || name === 'detach') parseTrigger(name, options);
  else if (name === 'directory') parseSync(options);
  else await parse(args);
});
