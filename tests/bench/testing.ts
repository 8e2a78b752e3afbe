/**
 * `npm run bench:testing`: how long a test file waits for its stack. The first file of a run starts Postgres and applies
 * the migrations; each other one gets a copy. The other side is what each file would wait without copies: a stack of its
 * own, as `cognito-supabase dev` starts it.
 */
import path from 'node:path';
import { main as kit } from '../../cli/main.ts';
import { startStack } from '../../cli/testing/index.ts';
import { newDir, removeDir, runStack } from '../support/stack.ts';
import { median } from './measure.ts';

const ROUNDS = 9;
const OWN_STACKS = 3;

async function timed<T>(work: () => Promise<T>): Promise<[number, T]> {
  const before = performance.now();
  const result = await work();
  return [performance.now() - before, result];
}

const workdir = await newDir();
const modules = 'profiles,directory';
const exitCode = await kit(['init', '--workdir', workdir, '--with', modules, '--yes']);
if (exitCode !== 0) throw new Error('init failed');
try {
  const copies: number[] = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    const [ms, stack] = await timed(() => startStack({ workdir }));
    copies.push(ms);
    await stack.stop();
  }
  const own: number[] = [];
  for (let round = 0; round < OWN_STACKS; round += 1) {
    const dir = path.join(workdir, `own-${round}`);
    const [ms, stack] = await timed(async () => {
      const started = runStack(dir, ['--port', '0', '--workdir', workdir]);
      await started.ready();
      return started;
    });
    own.push(ms);
    await stack.stop();
  }
  const [first = 0, ...others] = copies;
  const [each, alone] = [median(others), median(own)];
  console.log(`first file            ${first.toFixed(0)} ms`);
  console.log(
    `each other file       ${each.toFixed(0)} ms (median of ${ROUNDS}; ${others.map((ms) => ms.toFixed(0)).join(' ')})`,
  );
  console.log(`a stack of its own    ${alone.toFixed(0)} ms (median of ${OWN_STACKS})`);
  console.log(`ratio                 ${(alone / each).toFixed(1)}`);
} finally {
  await removeDir(workdir);
}
