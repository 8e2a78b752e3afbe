/**
 * `npm run bench:functions`: size, cold import and warm overhead of each function, as infra/ bundles it. It writes
 * results/functions.json, which a test compares with the functions that there are.
 *
 * Cold import is a new Node process that imports the bundle. The AWS SDK is not in bundles, because Lambda has it; here
 * it comes from node_modules, and its time is in the figure. Warm overhead is a call that needs no network.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { bundle } from '../../infra/lib/bundle.ts';
import { FUNCTION_ENTRIES, idleEvent, SETTINGS } from './function-entries.ts';

const COLD_ROUNDS = 11;
const WARM_ROUNDS = 2000;
const RESULTS = path.resolve(import.meta.dirname, 'results/functions.json');

const run = promisify(execFile);

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));

const IMPORT = `
const before = performance.now();
await import(process.argv[1]);
process.stdout.write(String(performance.now() - before));
`;

/** Milliseconds. */
async function coldImport(url: string): Promise<number> {
  const args = ['--input-type=module', '--eval', IMPORT, url];
  const times: number[] = [];
  for (let round = 0; round < COLD_ROUNDS; round += 1)
    times.push(Number((await run(process.execPath, args, { env: SETTINGS })).stdout));
  return median(times);
}

/** Milliseconds; undefined for a function that does nothing without the network. */
async function warmCall(url: string, entry: string): Promise<number | undefined> {
  const event = idleEvent(entry);
  if (event === undefined) return undefined;
  const { handler } = await import(url);
  const times: number[] = [];
  for (let round = 0; round < WARM_ROUNDS; round += 1) {
    const before = performance.now();
    await handler(event);
    times.push(performance.now() - before);
  }
  return median(times);
}

// Inside the repository, so that the AWS SDK is found.
const dist = path.resolve(import.meta.dirname, '../../infra/dist');
await mkdir(dist, { recursive: true });
const bundlesDir = await mkdtemp(path.join(dist, 'bench-'));
try {
  Object.assign(process.env, SETTINGS);
  // The API logs its refusals.
  console.warn = () => undefined;
  const rows = [];
  for (const entry of FUNCTION_ENTRIES) {
    const file = path.join(bundle(entry, { bundlesDir }), 'index.mjs');
    const url = pathToFileURL(file).href;
    const warm = await warmCall(url, entry);
    rows.push({
      entry,
      bytes: (await stat(file)).size,
      coldImportMs: rounded(await coldImport(url), 1),
      ...(warm !== undefined && { warmMs: rounded(warm, 4) }),
    });
  }
  console.table(rows);
  await writeFile(RESULTS, `${JSON.stringify(rows, undefined, 2)}\n`);
} finally {
  await rm(bundlesDir, { recursive: true });
}
