/**
 * `npm run bench:directory`: the cost of queries on the live table and on the directory, and how well the
 * sync uses its request budget. It runs its own stack against a pool behind HTTP, and ends with 1 if a
 * target is missed at full size.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { clusterHome } from '@cognito-supabase/local/data-dir';
import { printError, step } from '@cognito-supabase/local/progress';
import pg from 'pg';
import { type FakePool, startFakePool } from '../support/fake-pool.ts';
import { newDir, removeDir, runStack, type StackProcess } from '../support/stack.ts';
import { type BenchOptions, FULL, parseOptions, USAGE } from './directory-options.ts';
import { type Answered, ask, QUESTIONS } from './directory-questions.ts';
import { readOneByOne, syncInParallel } from './directory-sync.ts';

/** Requests a second: the quota of the account, and the share of the sync. */
const [QUOTA, BUDGET] = [30, 20];
/** A call from the same region, for the scan; and one from another region, for the sync, in ms. */
const [NEAR, FAR] = [20, 150];

const TARGETS = { question: 1000, budget: 0.9, sequential: 3, memory: 1.25 } as const;

interface Line {
  readonly name: string;
  readonly measured: string;
  readonly target: string;
  readonly met: boolean;
}

interface Results {
  readonly questions: readonly Answered[];
  readonly sync: Awaited<ReturnType<typeof syncInParallel>>;
  readonly oneByOne: Awaited<ReturnType<typeof readOneByOne>>;
  readonly refresh: { readonly users: number; readonly changed: number; readonly written: number };
}

/**
 * Connects cognito.users to a pool. The stand-in has no retries, so the endpoint delays calls instead of
 * refusing them.
 */
async function connectLive(db: pg.Client, pool: FakePool): Promise<void> {
  await db.query(
    "select vault.update_secret(id, $1) from vault.secrets where name = 'cognito_endpoint_url'",
    [pool.url],
  );
  await db.query('select cognito.connect()');
}

const written = async (db: pg.Client): Promise<number> => {
  await db.query('select pg_stat_force_next_flush()');
  const { rows } = await db.query(
    `select n_tup_ins + n_tup_upd + n_tup_del as n from pg_stat_user_tables
     where relid = 'cognito.directory'::regclass`,
  );
  return Number(rows[0].n);
};

/** Every hundredth user is disabled, or enabled again; then one refresh by cognito.users. */
async function measureRefresh(db: pg.Client, pool: FakePool): Promise<Results['refresh']> {
  const changing = pool.users.filter((_, index) => index % 100 === 0);
  for (const user of changing) {
    user.enabled = !user.enabled;
    user.updatedAt += 60;
  }
  pool.changed();
  const before = await written(db);
  const { rows } = await db.query('select * from cognito.refresh()');
  if (!rows[0].complete) throw new Error(`refresh: ${rows[0].error}`);
  const [users, changed] = [pool.users.length, changing.length];
  return { users, changed, written: (await written(db)) - before };
}

async function measure(options: BenchOptions, stack: StackProcess): Promise<Results> {
  const env = await step('stack', () => stack.ready());
  const { users, rounds } = options;
  const far = await startFakePool({ users, latencyMs: FAR, rate: QUOTA });
  const near = await startFakePool({ users, latencyMs: NEAR, rate: QUOTA, throttling: 'delay' });
  const db = new pg.Client({ connectionString: env.SUPABASE_DB_URL });
  await db.connect();
  try {
    await db.query('set statement_timeout = 0');
    const stateFile = path.join(stack.dir, 'directory-sync.json');
    const sync = await step('sync in parallel', () => syncInParallel(env, far, stateFile, BUDGET));
    const oneByOne = await step('one call after another', () => readOneByOne(far));
    await connectLive(db, near);
    const questions: Answered[] = [];
    for (const question of QUESTIONS) {
      const asked = () => ask(db, question, near.users, rounds);
      questions.push(await step(`${question.name}, live and directory`, asked));
    }
    const refresh = await step('refresh, 1% changed', () => measureRefresh(db, near));
    return { questions, sync, oneByOne, refresh };
  } finally {
    await db.end();
    await Promise.all([far.close(), near.close()]);
  }
}

/** A target, and whether it is met. */
function judge({ questions, sync, oneByOne, refresh }: Results): readonly Line[] {
  const share = sync.rate / BUDGET;
  const faster = oneByOne.seconds / sync.readingSeconds;
  const grown = sync.memory.late / sync.memory.early;
  return [
    ...questions.map(({ name, ratio }) => ({
      name: `${name}: directory against live scan`,
      measured: `${Math.round(ratio).toLocaleString('en')}×`,
      target: `${TARGETS.question.toLocaleString('en')}×`,
      met: ratio >= TARGETS.question,
    })),
    {
      name: `sync: share of ${BUDGET} requests a second, while reading`,
      measured: share.toFixed(3),
      target: String(TARGETS.budget),
      met: share >= TARGETS.budget,
    },
    {
      name: `sync: reading against one call after another, ${FAR} ms a call`,
      measured: `${faster.toFixed(2)}×`,
      target: `${TARGETS.sequential}×`,
      met: faster >= TARGETS.sequential,
    },
    {
      name: 'sync: memory, last quarter against second',
      measured: `${grown.toFixed(2)}×`,
      target: `≤ ${TARGETS.memory}×`,
      met: grown <= TARGETS.memory,
    },
    {
      name: `refresh: rows written, ${refresh.changed.toLocaleString('en')} of ${refresh.users.toLocaleString('en')} changed`,
      measured: refresh.written.toLocaleString('en'),
      target: refresh.changed.toLocaleString('en'),
      met: refresh.written === refresh.changed,
    },
  ];
}

function print(results: Results, lines: readonly Line[]): void {
  const { sync, oneByOne, questions } = results;
  const ms = (value: number): string => value.toFixed(value < 100 ? 2 : 0).padStart(11);
  console.log(
    `\n${'question, in ms'.padEnd(24)}${'live scan'.padStart(11)}${'directory'.padStart(11)}`,
  );
  for (const { name, liveMs, directoryMs } of questions) {
    console.log(`${name.padEnd(24)}${ms(liveMs)}${ms(directoryMs)}`);
  }
  const { early, late, most } = sync.memory;
  console.log(
    [
      '',
      `sync in parallel         ${sync.seconds.toFixed(1)} s in all, ${sync.readingSeconds.toFixed(1)} s of it reading ${sync.pages} pages, ${sync.throttled} throttled`,
      `one call after another   ${oneByOne.seconds.toFixed(1)} s for ${oneByOne.pages} pages, storing nothing`,
      `memory of the sync       ${early.toFixed(0)} MB early, ${late.toFixed(0)} MB late, ${most.toFixed(0)} MB at most`,
      '',
      ...lines.map(
        ({ name, measured, target, met }) =>
          `${met ? '✓' : '✗'} ${name.padEnd(66)}${measured.padStart(10)}   target ${target}`,
      ),
    ].join('\n'),
  );
}

async function write(file: string, results: Results, lines: readonly Line[]): Promise<void> {
  const about = {
    date: new Date().toISOString().slice(0, 10),
    node: process.versions.node,
    pool: { quota: QUOTA, budget: BUDGET, latencyMs: { scan: NEAR, sync: FAR } },
  };
  const rounded = (_: string, value: unknown) =>
    typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value;
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(
    file,
    `${JSON.stringify({ ...about, ...results, targets: lines }, rounded, 2)}\n`,
  );
}

async function main(args: readonly string[]): Promise<void> {
  const options = parseOptions(args);
  if (!options) return console.log(USAGE);
  const dir = await newDir();
  const stack = runStack(dir);
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void stack.stop());
  try {
    const results = await measure(options, stack);
    const lines = judge(results);
    print(results, lines);
    await write(options.json, results, lines);
    console.log(`\nwritten to ${options.json}`);
    if (options.users < FULL.users) console.log('the targets are meant for 100,000 users');
    else if (!lines.every(({ met }) => met)) process.exitCode = 1;
  } finally {
    await stack.stop();
    await removeDir(await clusterHome(dir));
    await removeDir(dir);
  }
}

await main(process.argv.slice(2)).catch((error) => {
  printError(error);
  process.exitCode = 1;
});
