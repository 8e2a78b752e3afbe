/**
 * One stack for all tiers that need one: with the web app, on free ports, in a folder of its own. If
 * STACK_ENV names the stack.env of a running stack, that one is used.
 */
import path from 'node:path';
import { readStackEnv } from '@cognito-supabase/local/stack-env';
import type { TestProject } from 'vitest/node';
import { newDir, removeDir, runStack, type StackProcess } from './stack.ts';

/** Each tier loads this file separately, and they share this object. */
const shared = globalThis as { stackForTests?: Promise<StackProcess>; tiersLeft?: number };

export default async function setup(project: TestProject) {
  if (process.env.STACK_ENV) {
    project.provide('stack', await readStackEnv(path.dirname(path.resolve(process.env.STACK_ENV))));
    return;
  }
  shared.stackForTests ??= newDir().then((dir) => runStack(dir, ['--web', '--port', '0']));
  shared.tiersLeft = (shared.tiersLeft ?? 0) + 1;
  const stack = await shared.stackForTests;
  project.provide('stack', await stack.ready());
  return async () => {
    shared.tiersLeft = (shared.tiersLeft ?? 1) - 1;
    if (shared.tiersLeft > 0) return;
    await stack.stop();
    await removeDir(stack.dir);
  };
}
