/** A check, what it needs, and what it finds. */
import type { JSONWebKeySet } from 'jose';
import type pg from 'pg';
import type { Answer } from '../token/issuer.ts';
import type { DecodedToken } from '../token/read-token.ts';
import type { Aws } from './access/aws.ts';
import type { HostedSettings } from './access/hosted.ts';
import type { ProjectFiles } from './access/project.ts';
import type { Severity } from './catalogue/entry.ts';
import type { FindingId } from './catalogue/index.ts';

/** How to get each kind of access, for what could not be seen. */
export const ACCESS = {
  database: 'set SUPABASE_DB_URL, or give --stack DIR',
  issuer: 'give --issuer URL or --pool ID, or set COGNITO_ISSUER',
  client: 'set COGNITO_CLIENT_ID',
  dataApi: 'set SUPABASE_URL and SUPABASE_PUBLISHABLE_KEY, or give --stack DIR',
  token: 'give one with --token-stdin',
  project: 'run it in the folder that has supabase/, or give --workdir DIR',
  aws: 'log in as for the AWS CLI, and give --pool ID',
  hosted: 'set SUPABASE_ACCESS_TOKEN, and give --project REF',
} as const;

export type Access = keyof typeof ACCESS;

/** Something that the caller has named, and that cannot be used. */
export interface Unusable {
  /** The option, or the variable of the environment. */
  readonly name: string;
  readonly reason: string;
  /** What is missing without it. */
  readonly accesses: readonly Access[];
}

/** What there is to look at. A missing one is no error: what needs it cannot be seen. */
export interface Context {
  /** In a transaction, which the caller rolls back. */
  readonly database?: pg.Client;
  readonly issuer?: string;
  /** The app client of the app. */
  readonly client?: string;
  readonly dataApi?: { readonly url: string; readonly key: string };
  /** One or two: access token and ID token. */
  readonly token?: readonly DecodedToken[];
  readonly project?: ProjectFiles;
  readonly aws?: Aws;
  readonly hosted?: HostedSettings;
  /** Version of this command. Undefined: what is deployed is not compared with it. */
  readonly version?: string;
  /** The accesses that the caller has named → the option, or the variable of the environment. */
  readonly named?: ReadonlyMap<Access, string>;
  readonly unusable?: readonly Unusable[];
  /** Settings that config.toml names as `env(NAME)`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly get: (url: string, headers?: Readonly<Record<string, string>>) => Promise<Answer>;
  readonly fetchJwks: (issuer: string) => Promise<JSONWebKeySet>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** What a check has found. */
export interface Found {
  readonly id: FindingId;
  /** The table, policy, file or setting. */
  readonly place?: string;
  /** More about this one. */
  readonly detail?: string;
  /** The command for this place. @default - the cure of the catalogue */
  readonly fix?: string;
  /** @default - the severity of the catalogue */
  readonly severity?: Severity;
  /** `fix` is SQL that takes nothing from anybody who has access today. @default - false */
  readonly safe?: boolean;
}

/** Why a check could see nothing, or not all. */
export class CouldNotSee extends Error {
  override readonly name = 'CouldNotSee';
  /** What the check has found in the part that it saw. */
  readonly found: readonly Found[];

  constructor(message: string, found: readonly Found[] = []) {
    super(message);
    this.found = found;
  }
}

/** The accesses of `Needs`, all there. */
export type With<Needs extends Access> = Context & Required<Pick<Context, Needs>>;

export interface Check {
  readonly name: string;
  readonly needs: readonly Access[];
  run(context: Context): Promise<readonly Found[]>;
}

/** @param run may throw CouldNotSee */
export const check = <Needs extends Access>(
  name: string,
  needs: readonly Needs[],
  run: (context: With<Needs>) => Promise<readonly Found[]>,
): Check => ({ name, needs, run: (context) => run(context as With<Needs>) });
