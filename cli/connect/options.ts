/** The options of `connect` and `disconnect`, checked. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { KitError } from '@cognito-supabase/contract/errors';
import { readIfThere } from '@cognito-supabase/local/files';
import { ENV_FILE } from './record.ts';

/** As commander reads them. */
export interface WrittenOptions {
  readonly stage: string;
  readonly project?: string;
  readonly outputs?: string;
  readonly stack?: string;
  readonly region?: string;
  /** True without a value: SUPABASE_DB_URL. */
  readonly dbUrl?: string | true;
  readonly workdir: string;
  readonly webEnv?: string;
  readonly cdkDir?: string;
  readonly deploy?: boolean;
  readonly rotateKey?: boolean;
  readonly dropModules?: boolean;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  /** As `dryRun`, and false if something would change. */
  readonly check?: boolean;
}

export type Env = Readonly<Record<string, string | undefined>>;

export interface Target {
  readonly stage: string;
  readonly stack: string;
  readonly project: string;
  readonly accessToken: string;
  readonly workdir: string;
  readonly envFile: string;
  readonly databaseUrl: string | undefined;
}

const bad = (message: string, hint: string): KitError => new KitError('BAD_OPTION', message, hint);
const missing = (message: string, hint: string): KitError =>
  new KitError('SETTING_MISSING', message, hint);

/** Names a file and a stack, so only these characters. */
function checkStage(stage: string): void {
  if (!/^[a-z][a-z0-9-]{0,40}$/.test(stage))
    throw bad(`--stage needs the name of a stage, such as dev, not ${stage}`, 'connect --help');
}

async function checkWorkdir(workdir: string): Promise<void> {
  const found = await stat(workdir).catch(() => undefined);
  if (found?.isDirectory()) return;
  throw bad(`there is no folder ${workdir}`, '--workdir names the folder that has supabase/');
}

/**
 * A folder without migrations would leave a hosted project half connected.
 *
 * @throws KitError PROJECT_NOT_FOUND
 */
export async function checkProjectFolder({
  workdir,
}: Pick<WrittenOptions, 'workdir'>): Promise<void> {
  const config = await stat(path.join(workdir, 'supabase/config.toml')).catch(() => undefined);
  if (config?.isFile()) return;
  throw new KitError(
    'PROJECT_NOT_FOUND',
    `${workdir} has no supabase/config.toml`,
    "go to the project's folder, or name it with --workdir; npx cognito-supabase init makes one",
  );
}

/** Of `--project`, or of `supabase link`. */
async function projectOf({ project, workdir }: WrittenOptions): Promise<string> {
  const linked = await readIfThere(path.join(workdir, 'supabase/.temp/project-ref'));
  const ref = project ?? linked?.trim();
  if (!ref)
    throw missing('no project is named', 'add --project REF, or run npx supabase link first');
  if (/^[a-z]{20}$/.test(ref)) return ref;
  throw bad(
    `--project needs the reference of a project, not ${ref}`,
    'it is the 20 letters in the address of the dashboard',
  );
}

/** @throws KitError BAD_OPTION for a file of another kind */
async function envFileOf(workdir: string, written: string | undefined): Promise<string> {
  const file = path.resolve(workdir, written ?? (await usualEnvFile(workdir)));
  if (ENV_FILE.test(file)) return file;
  throw bad(`--web-env needs a file of variables, not ${file}`, 'such as .env.production.local');
}

/** The web app may be in the folder `web`, with tools of the whole project above it. */
async function usualEnvFile(workdir: string): Promise<string> {
  for (const folder of ['web', '']) {
    const manifest = await readIfThere(path.join(workdir, folder, 'package.json'));
    if (/"(next|vite)"\s*:/.test(manifest ?? '')) return path.join(folder, '.env.local');
  }
  return '.env.local';
}

function databaseUrlOf({ dbUrl }: WrittenOptions, env: Env): string | undefined {
  if (dbUrl === undefined) return undefined;
  const url = dbUrl === true ? env.SUPABASE_DB_URL : dbUrl;
  if (url) return url;
  throw missing('SUPABASE_DB_URL is not set', 'set it, or write the URL after --db-url');
}

/** @throws KitError BAD_OPTION, SETTING_MISSING */
export async function readTarget(options: WrittenOptions, env: Env): Promise<Target> {
  const { stage, stack, workdir, webEnv } = options;
  checkStage(stage);
  await checkWorkdir(workdir);
  const project = await projectOf(options);
  const accessToken = env.SUPABASE_ACCESS_TOKEN;
  if (!accessToken)
    throw missing(
      'SUPABASE_ACCESS_TOKEN is not set',
      'make a token at https://supabase.com/dashboard/account/tokens, and set the variable',
    );
  return {
    ...{ stage, project, accessToken, workdir },
    stack: stack ?? `cognito-supabase-${stage}`,
    envFile: await envFileOf(workdir, webEnv),
    databaseUrl: databaseUrlOf(options, env),
  };
}
