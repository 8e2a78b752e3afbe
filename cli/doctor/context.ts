/** Collects what there is to look at: the environment, a stack, a project, a token. */
import { KitError } from '@cognito-supabase/contract/errors';
import { STACK_ENV_NAMES } from '@cognito-supabase/contract/settings';
import { readStackEnv } from '@cognito-supabase/local/stack-env';
import { stackDirOf } from '../stack-dir.ts';
import { fetchJwks, get } from '../token/issuer.ts';
import { decodeToken, type Input, readInput } from '../token/read-token.ts';
import { openAws } from './access/aws.ts';
import { openHosted } from './access/hosted.ts';
import { type ProjectFiles, readProjectFiles } from './access/project.ts';
import { Attempts, type Named } from './attempts.ts';
import { ACCESS, type Access, type Context } from './check.ts';
import { issuerIn, issuerOfPool, readable } from './config-toml.ts';
import { ownVersion } from './own-version.ts';

export interface DoctorOptions {
  readonly workdir: string;
  /** The caller has named the folder: it has to have supabase/. @default - false */
  readonly namesWorkdir?: boolean;
  /** Folder of a stack that runs on this machine. True is the stack of the project. */
  readonly stack?: string | true;
  readonly issuer?: string;
  /** Id of a user pool in AWS. */
  readonly pool?: string;
  /** Reference of a hosted project. */
  readonly project?: string;
  /** An endpoint other than AWS's. */
  readonly endpoint?: string;
  readonly tokenStdin?: boolean;
  readonly json?: boolean;
  /** File for SARIF. */
  readonly sarif?: string;
  readonly fix?: boolean;
  readonly yes?: boolean;
}

export interface DoctorWorld {
  readonly input: Input;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly print: (line: string) => void;
}

type Env = DoctorWorld['env'];

/** Options and variables that name something to look at. Without their value, it would be left out without a word. */
const OPTIONS: readonly (readonly [keyof DoctorOptions, Named])[] = [
  ['issuer', { name: '--issuer', accesses: ['issuer'] }],
  ['pool', { name: '--pool', accesses: ['aws'] }],
  ['project', { name: '--project', accesses: ['hosted'] }],
  ['endpoint', { name: '--endpoint', accesses: ['aws'] }],
];
const VARIABLES: readonly Named[] = [
  { name: 'SUPABASE_DB_URL', accesses: ['database'] },
  { name: 'SUPABASE_URL', accesses: ['dataApi'] },
  { name: 'SUPABASE_PUBLISHABLE_KEY', accesses: ['dataApi'] },
  { name: 'COGNITO_ISSUER', accesses: ['issuer'] },
  { name: 'COGNITO_USER_POOL_ID', accesses: ['issuer'] },
  { name: 'COGNITO_CLIENT_ID', accesses: ['client'] },
];

/** As CI passes a secret that is not there. */
function refuseEmpty(options: DoctorOptions, env: Env, attempts: Attempts): void {
  for (const [key, named] of OPTIONS)
    if (options[key] === '') attempts.refuse(named, `${named.name} is empty`);
  for (const named of VARIABLES)
    if (env[named.name] === '') attempts.refuse(named, `${named.name} is set, and empty`);
}

/** The environment, and what a stack says, which comes first. Without that, no other set-up is looked at in its place. */
async function settingsOf({ stack, workdir }: DoctorOptions, env: Env, attempts: Attempts) {
  if (stack === undefined) return env;
  const named: Named = { name: '--stack', accesses: ['database', 'dataApi', 'issuer', 'client'] };
  const read = await attempts.open(named, () => readStackEnv(stackDirOf(stack, workdir)));
  if (read !== undefined) return { ...env, ...read };
  const own: ReadonlySet<string> = new Set(STACK_ENV_NAMES);
  return Object.fromEntries(Object.entries(env).filter(([name]) => !own.has(name)));
}

async function projectOf({ workdir, namesWorkdir }: DoctorOptions, attempts: Attempts) {
  const named: Named = { name: '--workdir', accesses: ['project'] };
  return attempts.open(named, async () => {
    const project = await readProjectFiles(workdir);
    if (project !== undefined || !namesWorkdir) return project;
    const hint = 'name the folder that has supabase/';
    throw new KitError('BAD_OPTION', `there is no supabase/ in ${workdir}`, hint);
  });
}

/** Access token and ID token, with white space between. */
async function tokensOf({ tokenStdin }: DoctorOptions, input: Input, attempts: Attempts) {
  if (!tokenStdin) return undefined;
  return attempts.open({ name: '--token-stdin', accesses: ['token'] }, async () => {
    const text = await readInput(input, 'cognito-supabase doctor --token-stdin');
    return text
      .split(/\s+/)
      .filter((part) => !/^bearer$/i.test(part))
      .map(decodeToken);
  });
}

async function awsOf({ pool, endpoint }: DoctorOptions, attempts: Attempts) {
  if (endpoint !== undefined && pool === undefined)
    attempts.refuse({ name: '--endpoint', accesses: ['aws'] }, 'it is of --pool ID');
  if (!pool || endpoint === '') return undefined;
  const [, region] = /^([a-z]{2}(?:-[a-z]+)+-\d)_[A-Za-z0-9]+$/.exec(pool) ?? [];
  const named: Named = { name: '--pool', accesses: ['aws'] };
  return attempts.open(named, () => {
    if (region !== undefined)
      return openAws({ poolId: pool, region, ...(endpoint !== undefined && { endpoint }) });
    const hint = 'such as eu-central-1_AbC';
    throw new KitError('BAD_OPTION', '--pool needs the id of a user pool', hint);
  });
}

async function hostedOf({ project }: DoctorOptions, env: Env, attempts: Attempts) {
  const { SUPABASE_ACCESS_TOKEN: accessToken, SUPABASE_API_BASE_URL: endpoint } = env;
  if (!project) return undefined;
  return attempts.open({ name: '--project', accesses: ['hosted'] }, () => {
    if (accessToken) return openHosted({ project, accessToken, ...(endpoint && { endpoint }) });
    const hint = 'dashboard: Account, Access Tokens';
    throw new KitError('SETTING_MISSING', 'SUPABASE_ACCESS_TOKEN is not set', hint);
  });
}

function dataApiOf(env: Env, attempts: Attempts) {
  const { SUPABASE_URL: url, SUPABASE_PUBLISHABLE_KEY: key } = env;
  if (url && key) return { url: url.replace(/\/+$/, ''), key };
  const name = url ? 'SUPABASE_URL' : 'SUPABASE_PUBLISHABLE_KEY';
  const isHalf = Boolean(url) !== Boolean(key);
  if (isHalf && attempts.unusable.every(({ accesses }) => !accesses.includes('dataApi')))
    attempts.refuse({ name, accesses: ['dataApi'] }, ACCESS.dataApi);
  return undefined;
}

const issuerOfEnv = ({ COGNITO_ISSUER, COGNITO_USER_POOL_ID: pool, COGNITO_REGION }: Env) =>
  COGNITO_ISSUER || (pool ? issuerOfPool(pool, COGNITO_REGION || undefined) : undefined);

/** The issuer that the caller names, and how. */
function namedIssuer({ issuer, stack }: DoctorOptions, env: Env) {
  const name = env.COGNITO_ISSUER ? 'COGNITO_ISSUER' : 'COGNITO_USER_POOL_ID';
  if (issuer !== undefined) return issuer ? { issuer, name: '--issuer' } : undefined;
  const ofEnv = issuerOfEnv(env);
  return ofEnv === undefined ? undefined : { issuer: ofEnv, name: stack ? '--stack' : name };
}

/** The issuer of the pool, else the one of config.toml. */
function otherIssuer({ pool }: DoctorOptions, env: Env, project: ProjectFiles | undefined) {
  if (pool !== undefined) return issuerOfPool(pool);
  const config = readable(project?.config);
  return config === undefined ? undefined : issuerIn(config, env);
}

/**
 * Everything but the database, which the caller connects. What was named and cannot be used is in the context; nothing is
 * thrown for it.
 *
 * @returns `databaseUrl`, which is a secret
 */
export async function collect(options: DoctorOptions, world: DoctorWorld) {
  const attempts = new Attempts();
  const env = await settingsOf(options, world.env, attempts);
  refuseEmpty(options, env, attempts);
  const { COGNITO_CLIENT_ID: client, SUPABASE_DB_URL: databaseUrl } = env;
  const project = await projectOf(options, attempts);
  const token = await tokensOf(options, world.input, attempts);
  const aws = await awsOf(options, attempts);
  const hosted = await hostedOf(options, env, attempts);
  const dataApi = dataApiOf(env, attempts);
  const own = namedIssuer(options, env);
  // Another issuer than the one that was meant is not looked at in its place.
  const isRefused = attempts.unusable.some(
    ({ name, accesses }) => name === '--pool' || accesses.includes('issuer'),
  );
  const issuer = own?.issuer ?? (isRefused ? undefined : otherIssuer(options, env, project));
  const ofEnv = (name: string): string => (options.stack === undefined ? name : '--stack');
  const named = new Map<Access, string>([
    ...(databaseUrl ? [['database', ofEnv('SUPABASE_DB_URL')] as const] : []),
    ...(own ? [['issuer', own.name] as const] : []),
    ...(dataApi ? [['dataApi', ofEnv('SUPABASE_URL')] as const] : []),
    ...(token ? [['token', '--token-stdin'] as const] : []),
    ...(aws ? [['aws', '--pool'] as const] : []),
    ...(hosted ? [['hosted', '--project'] as const] : []),
    ...(project && options.namesWorkdir ? [['project', '--workdir'] as const] : []),
  ]);
  const context: Context = {
    ...{ env, named, unusable: attempts.unusable },
    ...(issuer && { issuer }),
    ...(client && { client }),
    ...(dataApi && { dataApi }),
    ...(token && { token }),
    ...(project && { project }),
    ...(aws && { aws }),
    ...(hosted && { hosted }),
    ...{ get, fetchJwks, now: Date.now, version: await ownVersion() },
  };
  return { context, databaseUrl: databaseUrl || undefined };
}
