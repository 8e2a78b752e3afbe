/** The settings of the web app, in a file that git ignores. None of them is a secret. */
import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { KitError } from '@cognito-supabase/contract/errors';
import { readIfThere, writeWhole } from '@cognito-supabase/local/files';
import type { Before } from '../record.ts';
import { change, done, type Finding, nothingToUndo, type Step } from '../step.ts';
import type { World } from '../world.ts';

type Values = Before['envFile']['values'];

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

export async function readEnvFile(world: World): Promise<Before['envFile']> {
  const text = await readIfThere(world.envFile);
  const values = new Map(Object.entries(parseEnv(text ?? '')));
  const names = await namesFor(world);
  return {
    isThere: text !== undefined,
    values: names.map((name) => [name, values.get(name) ?? null]),
  };
}

/** The text with these values: in their lines, or at the end. Null takes a line out. */
function withValues(text: string, values: Values): string {
  let lines = text.split(/\r?\n/);
  if (lines.at(-1) === '') lines = lines.slice(0, -1);
  for (const [name, value] of values) {
    const own = lines.findIndex((line) => line.trim().startsWith(`${name}=`));
    if (value === null) lines = lines.filter((_, index) => index !== own);
    else if (own < 0) lines.push(`${name}=${value}`);
    else lines = lines.with(own, `${name}=${value}`);
  }
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
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
    `add the line ${path.basename(file)} to .gitignore, or name another file with --env-file`,
  );
}

async function inspect(world: World): Promise<Finding> {
  const { envFile, workdir } = world;
  await checkIgnored(envFile);
  const wanted = await wantedValues(world);
  const there = await readEnvFile(world);
  const file = path.relative(workdir, envFile) || envFile;
  if (JSON.stringify(there.values) === JSON.stringify(wanted)) return done(file);
  return change(`set ${wanted.map(([name]) => name).join(', ')} in ${file}`, async () => {
    const text = (await readIfThere(envFile)) ?? '';
    await writeWhole(envFile, withValues(text, wanted));
  });
}

async function inspectUndo(world: World, before: Before): Promise<Finding> {
  const { envFile } = world;
  const there = await readEnvFile(world);
  if (JSON.stringify(there) === JSON.stringify(before.envFile)) return done('as it was before');
  return change(`give back ${path.basename(envFile)}`, async () => {
    const text = withValues((await readIfThere(envFile)) ?? '', before.envFile.values);
    if (text === '' && !before.envFile.isThere) await rm(envFile, { force: true });
    else await writeWhole(envFile, text);
  });
}

export const envFile: Step = { name: 'settings of the web app', inspect, inspectUndo };

export const publishableKey: Step = {
  name: 'publishable key',
  inspect: async (world) => done(`${(await publishableKeyOf(world)).slice(0, 15)}…`),
  inspectUndo: nothingToUndo('is the project’s own'),
};
