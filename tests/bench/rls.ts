/**
 * `npm run bench:rls`: the cost of row-level security with a million rows, compared with the same queries
 * without it and with other forms of policies. It runs its own stack, and ends with 1 if a target is
 * missed at full size.
 */
import { printError, step } from '@cognito-supabase/local/progress';
import { newDir, removeDir, runStack, type StackProcess } from '../support/stack.ts';
import { chooseSubject, claimsOf, connect, countRows, load } from './database.ts';
import { CAP_MS, Meter } from './measure.ts';
import { type BenchOptions, FULL, parseOptions, USAGE } from './options.ts';
import { formatResult, missed, prepareFile, type Result, writeResults } from './report.ts';
import { scenariosFor } from './scenarios.ts';

/** Loads, measures, prints and writes. */
async function bench(options: BenchOptions, stack: StackProcess): Promise<readonly Result[]> {
  const env = await step('stack', () => stack.ready());
  const superuser = await connect(env, stack.dir, 'superuser');
  await step(`${options.rows} tasks and notes`, () => load(superuser, options));
  const subject = await chooseSubject(superuser);
  const sizes = await countRows(superuser);
  const { rows } = await superuser.query('show server_version');
  await superuser.end();

  const client = await connect(env, stack.dir, 'authenticator');
  await client.query(`set statement_timeout = ${CAP_MS}`);
  const meter = new Meter(client, claimsOf(subject, env));
  const results: Result[] = [];
  for (const scenario of scenariosFor(subject)) {
    const measured = await meter.measure(scenario, options.rounds);
    const { name, target } = scenario;
    const result = { name, ...(target && { target }), measured };
    results.push(result);
    console.log(formatResult(result));
  }
  await client.end();
  const about = {
    date: new Date().toISOString().slice(0, 10),
    versions: { postgres: rows[0].server_version, node: process.versions.node },
    sizes,
  };
  await writeResults(options.json, about, results);
  return results;
}

async function main(args: readonly string[]): Promise<void> {
  const options = parseOptions(args);
  if (!options) return console.log(USAGE);
  await prepareFile(options.json);
  const dir = await newDir();
  const stack = runStack(dir);
  let interrupted = false;
  const interrupt = (): void => {
    interrupted = true;
    void stack.stop();
  };
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  try {
    const results = await bench(options, stack);
    console.log(`\nwritten to ${options.json}`);
    const late = missed(results).map(({ name }) => name);
    const full = options.rows >= FULL.rows && options.people >= FULL.people;
    if (late.length === 0) console.log('every target is met');
    else console.log(`missed${full ? '' : ' (targets are for the full size)'}: ${late.join(', ')}`);
    if (late.length > 0 && full) process.exitCode = 1;
  } catch (error) {
    // After an interrupt the lost connection is expected.
    if (!interrupted) throw error;
    process.exitCode = 130;
  } finally {
    await stack.stop();
    await removeDir(dir);
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  printError(error);
  process.exitCode = 1;
}
