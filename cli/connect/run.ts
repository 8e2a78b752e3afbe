/** `connect` and `disconnect`: look, show, ask, change. */
import path from 'node:path';
import { KitError } from '@cognito-supabase/contract/errors';
import { printable } from '@cognito-supabase/local/printable';
import { hasConsent, isTerminal } from '../consent.ts';
import { hasRelation } from '../hosted/database.ts';
import { withLock } from '../run-lock.ts';
import { closingNote } from './closing-note.ts';
import { deploy } from './deploy.ts';
import { forget, setAside } from './kept-record.ts';
import { type OutputsFrom, openWorld, type Surroundings } from './open-world.ts';
import { checkProjectFolder, readTarget, type WrittenOptions } from './options.ts';
import {
  carryOut,
  changesOf,
  connectSteps,
  disconnectSteps,
  leftOutOf,
  localSteps,
  plan,
  show,
} from './plan.ts';
import { makeOwnFolder, removeRecord } from './record.ts';
import { takeSnapshot } from './snapshot.ts';
import { withEnvFile } from './steps/env-file.ts';
import type { World } from './world.ts';

const heading = ({ api, db, outputs, stage }: World): string =>
  `stage ${stage}: pool ${printable(outputs.UserPoolId)}, project ${api.ref}, database by ${db.url === undefined ? 'the Management API' : 'its URL'}`;

/** Runs `work`, and hides secrets in what it prints and throws. */
async function inWorld(
  options: WrittenOptions,
  surroundings: Surroundings,
  from: OutputsFrom,
  work: (world: World) => Promise<boolean>,
): Promise<boolean> {
  const { secrets } = surroundings;
  const print = (line: string): void => surroundings.print(secrets.hide(line));
  let world: World | undefined;
  try {
    const target = await readTarget(options, surroundings.env);
    world = await openWorld(target, options, { ...surroundings, print }, from);
    return await work(world);
  } catch (error) {
    if (error instanceof KitError)
      // Without its cause, which may have the text of a request.
      throw new KitError(error.code, secrets.hide(error.message), secrets.hide(error.hint));
    if (error instanceof Error) {
      const hidden = new Error(secrets.hide(error.message));
      hidden.stack = secrets.hide(error.stack ?? '');
      throw hidden;
    }
    throw error;
  } finally {
    await world?.db.close().catch(() => {});
  }
}

/** Deploys if it was asked for. @returns the file of outputs, or undefined without a deployment */
async function deployed(
  options: WrittenOptions,
  { env, print }: Surroundings,
): Promise<string | undefined> {
  const { stage, workdir, cdkDir, yes = false } = options;
  const dir = path.resolve(workdir, cdkDir ?? 'infra');
  const outputsFile = path.join(await makeOwnFolder({ workdir }), `outputs-${stage}.json`);
  print(`npx cdk deploy -c stage=${stage}, in ${path.relative(workdir, dir) || '.'}`);
  await deploy({ stage, dir, outputsFile, yes }, env);
  return outputsFile;
}

/** One run in a folder at a time: all stages share the file with the settings of the web app. A plan needs no lock. */
async function alone<T>(
  options: WrittenOptions,
  { env }: Surroundings,
  work: () => Promise<T>,
): Promise<T> {
  const { dryRun = false, yes = false, workdir } = options;
  if (dryRun || !(yes || isTerminal())) return work();
  // Wrong options are found before a folder is made.
  await readTarget(options, env);
  return withLock(path.join(await makeOwnFolder({ workdir }), 'connect.lock'), work);
}

/**
 * Two stages in one project would give back and take away each other's settings.
 *
 * @throws KitError PROJECT_MISMATCH
 */
function refuseOtherStage({ otherStages: [other], stage, api }: World): void {
  if (other === undefined) return;
  throw new KitError(
    'PROJECT_MISMATCH',
    `project ${api.ref} is connected with stage ${printable(other)} already`,
    `name another project for stage ${stage} with --project, or disconnect stage ${printable(other)} first`,
  );
}

/** What the plan does not say. */
function* notesOf({ copied, before, poolAtStart, outputs }: World): Generator<string> {
  for (const { stage, project } of copied)
    yield `note: this database is a copy of the one of project ${printable(project)}, which stage ${printable(stage)} is connected to. Its key and its app clients are replaced here, and stay there`;
  if (before === undefined && copied.length === 0 && poolAtStart === outputs.UserPoolId)
    yield 'note: it is connected, and nobody knows what was there before: disconnect will leave what it finds now';
}

/** What was there before the first run, and what this run connects with. */
async function saveState(world: World): Promise<void> {
  const before = world.before ?? (await takeSnapshot(world));
  await setAside(world.db, world.copied);
  const { outputs } = world;
  const issuers = [...new Set([...before.issuers, outputs.Issuer])];
  const envFiles = await withEnvFile(world, before.envFiles);
  await world.saveBefore({ ...before, issuers, envFiles, outputs: { ...outputs } });
}

/** Of the project's own tables; 0 without module trust. */
async function countUnguarded({ db }: World): Promise<number> {
  if (!(await hasRelation(db, 'cognito_supabase.unguarded'))) return 0;
  const [row] = await db.query<{ n: number }>(
    'select count(*)::int as n from cognito_supabase.unguarded',
  );
  return row?.n ?? 0;
}

async function connectAlone(options: WrittenOptions, surroundings: Surroundings): Promise<boolean> {
  const { deploy: deploys = false, dryRun = false } = options;
  await checkProjectFolder(options);
  const question = `Run cdk deploy for stage ${options.stage} first?`;
  const hasDeployed = deploys && (await hasConsent(options, question));
  const outputs = hasDeployed ? await deployed(options, surroundings) : options.outputs;
  const withOutputs = { ...options, ...(outputs !== undefined && { outputs }) };
  return inWorld(withOutputs, surroundings, 'stack', async (world) => {
    const { print } = world;
    refuseOtherStage(world);
    const steps = connectSteps(world);
    if (deploys && !hasDeployed) print('not deployed: this is the plan for the stack as it is now');
    print(heading(world));
    for (const note of notesOf(world)) print(note);
    const lines = await plan(steps);
    show(lines, print);
    const changes = changesOf(lines).length;
    if (changes > 0) {
      if (!(await hasConsent(options, 'Carry this out?'))) {
        print(dryRun ? 'nothing was changed' : 'nothing was changed: --yes carries it out');
        return dryRun && options.check !== true;
      }
      await saveState(world);
      print('');
    }
    const after = changes > 0 ? await carryOut(steps, print) : { lines, taken: 0 };
    // The plan could not know all of them.
    if (changes > 0) show(leftOutOf(after.lines), print);
    const numbers = { changes: after.taken, unguarded: await countUnguarded(world) };
    for (const line of closingNote(after.lines, { hasDeployed, ...numbers })) print(line);
    return true;
  });
}

const disconnectAlone = (options: WrittenOptions, surroundings: Surroundings): Promise<boolean> =>
  inWorld(options, surroundings, 'record', async (world) => {
    const { print, stage, workdir, api, ended } = world;
    const before = world.before ?? ended;
    const place = { stage, workdir, project: api.ref };
    // openWorld has refused already.
    if (before === undefined) throw new Error('there is no record');
    const isEnded = world.before === undefined;
    if (isEnded) print(`note: another machine has disconnected stage ${stage} already`);
    else refuseOtherStage(world);
    const steps = isEnded ? localSteps(world, before) : disconnectSteps(world, before);
    print(heading(world));
    const lines = await plan(steps);
    show(lines, print);
    const { dryRun = false } = options;
    if (!(await hasConsent(options, 'Carry this out?'))) {
      print(dryRun ? 'nothing was changed' : 'nothing was changed: --yes carries it out');
      return dryRun;
    }
    print('');
    const { taken } = await carryOut(steps, print);
    if (!isEnded) await forget(world.db, stage);
    await removeRecord(place);
    print(taken === 0 ? 'nothing to do: it was as before' : `${taken} given back`);
    return true;
  });

/**
 * @returns whether everything is as planned
 * @throws KitError RUN_IN_PROGRESS, or the error of a step
 */
export function connect(written: WrittenOptions, surroundings: Surroundings): Promise<boolean> {
  const options = { ...written, dryRun: written.dryRun === true || written.check === true };
  return alone(options, surroundings, () => connectAlone(options, surroundings));
}

/**
 * @returns whether everything is as it was before `connect`
 * @throws KitError RUN_IN_PROGRESS, or the error of a step
 */
export const disconnect = (options: WrittenOptions, surroundings: Surroundings): Promise<boolean> =>
  alone(options, surroundings, () => disconnectAlone(options, surroundings));
