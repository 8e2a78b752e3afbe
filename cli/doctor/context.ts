/** Collects what there is to look at: the environment, a stack, a project, a token. */
import { KitError } from '@cognito-supabase/contract/errors';
import { readStackEnv } from '@cognito-supabase/local/stack-env';
import { stackDirOf } from '../stack-dir.ts';
import { fetchJwks, get } from '../token/issuer.ts';
import { decodeToken, type Input, readInput } from '../token/read-token.ts';
import { openAws } from './access/aws.ts';
import { openHosted } from './access/hosted.ts';
import { type ProjectFiles, readProjectFiles } from './access/project.ts';
import type { Context } from './check.ts';
import { issuerIn, issuerOfPool, readable } from './config-toml.ts';
import { ownVersion } from './own-version.ts';

export interface DoctorOptions {
  readonly workdir: string;
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

/** The environment, and what a stack says, which comes first. */
async function settingsOf({ stack, workdir }: DoctorOptions, env: Env): Promise<Env> {
  if (stack === undefined) return env;
  return { ...env, ...(await readStackEnv(stackDirOf(stack, workdir))) };
}

/** Access token and ID token, with white space between. */
async function tokensOf({ tokenStdin }: DoctorOptions, input: Input) {
  if (!tokenStdin) return {};
  const text = await readInput(input, 'cognito-supabase doctor --token-stdin');
  return {
    token: text
      .split(/\s+/)
      .filter((part) => !/^bearer$/i.test(part))
      .map(decodeToken),
  };
}

function awsOf({ pool, endpoint }: DoctorOptions) {
  if (pool === undefined) return {};
  const [, region] = /^([a-z]{2}(?:-[a-z]+)+-\d)_[A-Za-z0-9]+$/.exec(pool) ?? [];
  if (region === undefined) {
    const hint = '`npx cognito-supabase doctor --help` lists the options';
    throw new KitError('BAD_OPTION', '--pool needs the id of a user pool', hint);
  }
  return { aws: openAws({ poolId: pool, region, ...(endpoint !== undefined && { endpoint }) }) };
}

function hostedOf({ project }: DoctorOptions, env: Env) {
  const { SUPABASE_ACCESS_TOKEN: accessToken, SUPABASE_API_BASE_URL: endpoint } = env;
  if (!project || !accessToken) return {};
  return { hosted: openHosted({ project, accessToken, ...(endpoint && { endpoint }) }) };
}

const issuerOfEnv = ({ COGNITO_ISSUER, COGNITO_USER_POOL_ID: pool, COGNITO_REGION }: Env) =>
  COGNITO_ISSUER || (pool ? issuerOfPool(pool, COGNITO_REGION || undefined) : undefined);

/** The issuer that the caller names, then the one of the pool, then the one of config.toml. */
function issuerOf(options: DoctorOptions, env: Env, project: ProjectFiles | undefined) {
  const { issuer, pool } = options;
  const named = issuer ?? issuerOfEnv(env) ?? (pool === undefined ? undefined : issuerOfPool(pool));
  if (named !== undefined) return named;
  const config = readable(project?.config);
  return config === undefined ? undefined : issuerIn(config, env);
}

/** Everything but the database, which the caller connects. `databaseUrl` is a secret. */
export async function collect(options: DoctorOptions, world: DoctorWorld) {
  const env = await settingsOf(options, world.env);
  const { COGNITO_CLIENT_ID: client, SUPABASE_URL: url, SUPABASE_PUBLISHABLE_KEY: key } = env;
  const project = await readProjectFiles(options.workdir);
  const issuer = issuerOf(options, env, project);
  const context: Context = {
    env,
    ...(issuer && { issuer }),
    ...(client && { client }),
    ...(url && key && { dataApi: { url: url.replace(/\/+$/, ''), key } }),
    ...(await tokensOf(options, world.input)),
    ...(project && { project }),
    ...awsOf(options),
    ...hostedOf(options, env),
    ...{ get, fetchJwks, now: Date.now, version: await ownVersion() },
  };
  return { context, databaseUrl: env.SUPABASE_DB_URL || undefined };
}
