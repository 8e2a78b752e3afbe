/** The settings of the web app, in a file that git ignores. None of them is a secret. */
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { KitError } from '@cognito-supabase/contract/errors';
import { readIfThere, writeEnvFile } from '@cognito-supabase/local/files';
import { envValues, withEnvValues } from '../env-text.ts';
import { checkIgnored } from '../git-ignore.ts';
import { type Before, type EnvFileBefore, otherRecords } from '../record.ts';
import { change, done, type Finding, leftOut, nothingToUndo, type Step } from '../step.ts';
import type { World } from '../world.ts';

type Values = EnvFileBefore['values'];

/** Vite and Next.js give the browser only variables with their prefix. */
async function prefixOf(folder: string): Promise<string> {
  const manifest = await readIfThere(path.join(folder, 'package.json'));
  return /"next"\s*:/.test(manifest ?? '') ? 'NEXT_PUBLIC_' : 'VITE_';
}

/** Names of URL, key, pool and app client, as the client of this kit reads them. */
async function namesFor({ envFile }: World) {
  const prefix = await prefixOf(path.dirname(envFile));
  return [
    `${prefix}SUPABASE_URL`,
    `${prefix}SUPABASE_PUBLISHABLE_KEY`,
    `${prefix}COGNITO_USER_POOL_ID`,
    `${prefix}COGNITO_CLIENT_ID`,
  ] as const;
}

async function publishableKeyOf({ api }: World): Promise<string> {
  const key = await api.publishableKey();
  if (key) return key;
  throw new KitError(
    'SETTING_MISSING',
    `project ${api.ref} has no publishable key`,
    'make one in the dashboard: Project Settings → API Keys',
  );
}

const projectUrl = ({ api }: World): string => `https://${api.ref}.supabase.co`;

async function wantedValues(world: World): Promise<EnvFileBefore['written']> {
  const { UserPoolId, ClientId } = world.outputs;
  const [url, key, pool, client] = await namesFor(world);
  return [
    [url, projectUrl(world)],
    [key, await publishableKeyOf(world)],
    [pool, UserPoolId],
    [client, ClientId],
  ];
}

async function readEnvFile(file: string, names: readonly string[]) {
  const text = await readIfThere(file);
  const all = envValues(text ?? '');
  const values: Values = names.map((name) => [name, all.get(name) ?? null]);
  return { isThere: text !== undefined, values };
}

const namesOf = (values: Values): readonly string[] => values.map(([name]) => name);

const pathOf = ({ workdir, envFile }: World): string => path.relative(workdir, envFile);

/** Another stage of this folder whose settings are in the file. */
async function stageWith(world: World, file: string): Promise<string | undefined> {
  const others = await otherRecords(world);
  return others.find(({ envFiles }) => envFiles.some((one) => one.path === file))?.stage;
}

/** What `disconnect` gives back, with the file of this run as it is before the run writes it. */
export async function withEnvFile(
  world: World,
  known: readonly EnvFileBefore[],
): Promise<EnvFileBefore[]> {
  const file = pathOf(world);
  if ((await stageWith(world, file)) !== undefined) return [...known];
  const now = await readEnvFile(world.envFile, await namesFor(world));
  const written = [...(await wantedValues(world))];
  const former = known.find((one) => one.path === file);
  if (former === undefined) return [...known, { path: file, ...now, written }];
  const names = namesOf(former.values);
  // A project that has become one with Next.js has other names.
  const added = now.values.filter(([name]) => !names.includes(name));
  const values = [...former.values, ...added];
  return known.map((one) => (one === former ? { ...former, values, written } : one));
}

async function inspect(world: World): Promise<Finding> {
  const { envFile, leavesEnvFile } = world;
  if (leavesEnvFile) return leftOut('--check looks at it with --web-env only');
  const file = pathOf(world);
  const other = await stageWith(world, file);
  if (other !== undefined)
    return leftOut(`${file} has the settings of stage ${other}: --web-env names another file`);
  await checkIgnored(envFile);
  const wanted = await wantedValues(world);
  const there = await readEnvFile(envFile, namesOf(wanted));
  if (JSON.stringify(there.values) === JSON.stringify(wanted)) return done(file);
  return change(`set URL, publishable key, pool and app client in ${file}`, async () => {
    const text = (await readIfThere(envFile)) ?? '';
    await writeEnvFile(envFile, withEnvValues(text, wanted));
  });
}

/** The values to give back. One that somebody has changed since `connect` wrote it stays. */
async function toGiveBack(file: string, { values, written }: EnvFileBefore): Promise<Values> {
  const { values: now } = await readEnvFile(file, namesOf(values));
  const [current, ours] = [new Map(now), new Map(written)];
  return values.filter(
    ([name, former]) => current.get(name) !== former && current.get(name) === ours.get(name),
  );
}

async function giveBack(file: string, values: Values, isThere: boolean): Promise<void> {
  const text = withEnvValues((await readIfThere(file)) ?? '', values);
  if (text === '' && !isThere) await rm(file, { force: true });
  else await writeEnvFile(file, text);
}

async function inspectUndo({ workdir }: World, { envFiles }: Before): Promise<Finding> {
  const differing: { file: string; path: string; values: Values; isThere: boolean }[] = [];
  for (const one of envFiles) {
    const file = path.resolve(workdir, one.path);
    const values = await toGiveBack(file, one);
    if (values.length > 0) differing.push({ file, path: one.path, values, isThere: one.isThere });
  }
  if (differing.length === 0) return done('as it was before');
  return change(`give back ${differing.map((one) => one.path).join(', ')}`, async () => {
    for (const { file, values, isThere } of differing) await giveBack(file, values, isThere);
  });
}

export const envFile: Step = { name: 'settings of the web app', inspect, inspectUndo };

export const publishableKey: Step = {
  name: 'publishable key',
  inspect: async (world) => done(`${(await publishableKeyOf(world)).slice(0, 15)}…`),
  inspectUndo: nothingToUndo('is the project’s own'),
};
