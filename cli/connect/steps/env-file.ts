/** The settings of the web app, in a file that git ignores. None of them is a secret. */
import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { KitError } from '@cognito-supabase/contract/errors';
import { readIfThere, writeWhole } from '@cognito-supabase/local/files';
import { envValues, withEnvValues } from '../env-text.ts';
import { type Before, type EnvFileBefore, stageWithEnvFile } from '../record.ts';
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

async function wantedValues(world: World): Promise<Values> {
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

/** What `disconnect` gives back, with the file of this run as it is before the run writes it. */
export async function withEnvFile(
  world: World,
  known: readonly EnvFileBefore[],
): Promise<EnvFileBefore[]> {
  const file = pathOf(world);
  const now = await readEnvFile(world.envFile, await namesFor(world));
  const former = known.find((one) => one.path === file);
  if (former === undefined) return [...known, { path: file, ...now }];
  const names = namesOf(former.values);
  // A project that has become one with Next.js has other names.
  const added = now.values.filter(([name]) => !names.includes(name));
  const values = [...former.values, ...added];
  return known.map((one) => (one === former ? { ...former, values } : one));
}

/** 0: git ignores the file. 1: it does not. Others: no repository, or no git. */
const checkIgnore = (file: string): Promise<number> =>
  new Promise((resolve) => {
    const args = ['-C', path.dirname(file), 'check-ignore', '--quiet', file];
    execFile('git', args, (error) => {
      resolve(error === null ? 0 : typeof error.code === 'number' ? error.code : 128);
    });
  });

/** @throws KitError ENV_NOT_IGNORED */
async function checkIgnored(file: string): Promise<void> {
  if ((await checkIgnore(file)) !== 1) return;
  throw new KitError(
    'ENV_NOT_IGNORED',
    `git does not ignore ${file}`,
    `add the line ${path.basename(file)} to .gitignore, or name another file with --web-env`,
  );
}

async function inspect(world: World): Promise<Finding> {
  const { envFile } = world;
  const file = pathOf(world);
  const other = await stageWithEnvFile(world, file);
  if (other !== undefined)
    return leftOut(`${file} has the settings of stage ${other}: --web-env names another file`);
  await checkIgnored(envFile);
  const wanted = await wantedValues(world);
  const there = await readEnvFile(envFile, namesOf(wanted));
  if (JSON.stringify(there.values) === JSON.stringify(wanted)) return done(file);
  return change(`set ${wanted.map(([name]) => name).join(', ')} in ${file}`, async () => {
    const text = (await readIfThere(envFile)) ?? '';
    await writeWhole(envFile, withEnvValues(text, wanted));
  });
}

async function isAsBefore(file: string, { isThere, values }: EnvFileBefore): Promise<boolean> {
  const now = await readEnvFile(file, namesOf(values));
  return JSON.stringify(now) === JSON.stringify({ isThere, values });
}

async function giveBack(file: string, { isThere, values }: EnvFileBefore): Promise<void> {
  const text = withEnvValues((await readIfThere(file)) ?? '', values);
  if (text === '' && !isThere) await rm(file, { force: true });
  else await writeWhole(file, text);
}

async function inspectUndo({ workdir }: World, { envFiles }: Before): Promise<Finding> {
  const differing: EnvFileBefore[] = [];
  for (const one of envFiles)
    if (!(await isAsBefore(path.resolve(workdir, one.path), one))) differing.push(one);
  if (differing.length === 0) return done('as it was before');
  return change(`give back ${differing.map((one) => one.path).join(', ')}`, async () => {
    for (const one of differing) await giveBack(path.resolve(workdir, one.path), one);
  });
}

export const envFile: Step = { name: 'settings of the web app', inspect, inspectUndo };

export const publishableKey: Step = {
  name: 'publishable key',
  inspect: async (world) => done(`${(await publishableKeyOf(world)).slice(0, 15)}…`),
  inspectUndo: nothingToUndo('is the project’s own'),
};
