/**
 * A hosted project, a deployed stack and a pool for tests of `connect`: the real Postgres of this repository in the
 * platform's initial state behind the stand-in of the Management API, and AWS behind HTTP. The project's folder has the
 * modules trust and directory, with one migration for each module, which keeps the runs short.
 */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { clusterHome } from '@cognito-supabase/local/data-dir';
import { readManifest, readMigration, withNeeds } from '@cognito-supabase/local/modules';
import { choosePorts } from '@cognito-supabase/local/ports';
import { startCluster } from '@cognito-supabase/local/postgres/cluster';
import { preparePlatform } from '@cognito-supabase/local/postgres/platform';
import pg from 'pg';
import { expect } from 'vitest';
import type { Surroundings } from '../../cli/connect/open-world.ts';
import type { WrittenOptions } from '../../cli/connect/options.ts';
import { connect } from '../../cli/connect/run.ts';
import { Secrets } from '../../cli/hosted/secrets.ts';
import { differences } from './catalogue.ts';
import { type FakeAwsStack, startFakeAwsStack } from './fake-aws-stack.ts';
import { type FakePool, startFakePool } from './fake-pool.ts';
import { type State, stateOf } from './hosted-state.ts';
import {
  changeOf,
  type FakeManagementApi,
  newProject,
  startManagementApi,
} from './management-api.ts';
import { addPgCron, removePgCron } from './pg-cron.ts';
import { newDir, removeDir } from './stack.ts';

/** Credentials of the fake. */
const AWS_ENV = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };
const PASSWORD = 'only-for-this-run';
export const REF = 'abcdefghijklmnopqrst';
const STACK = 'cognito-supabase-dev';

export class HostedWorld {
  readonly dir: string;
  readonly api: FakeManagementApi;
  readonly aws: FakeAwsStack;
  readonly pool: FakePool;
  readonly #home: string;
  readonly #port: number;
  readonly #stop: () => Promise<void>;
  readonly printed: string[] = [];
  /** Milliseconds that commands would have waited. */
  readonly waits: number[] = [];
  #made = 0;
  /** Changes whose answers were lost. */
  readonly #cut = new Set<string>();
  #connected: State | undefined;

  private constructor(parts: {
    readonly dir: string;
    readonly home: string;
    readonly port: number;
    readonly stop: () => Promise<void>;
    readonly services: readonly [FakeManagementApi, FakeAwsStack, FakePool];
  }) {
    this.dir = parts.dir;
    this.#home = parts.home;
    this.#port = parts.port;
    this.#stop = parts.stop;
    [this.api, this.aws, this.pool] = parts.services;
  }

  static async start(): Promise<HostedWorld> {
    const dir = await newDir();
    const home = await clusterHome(dir);
    const { db: port } = await choosePorts(0, undefined);
    const cluster = await startCluster({ home, port, password: PASSWORD, isDisposable: true });
    await preparePlatform(cluster.superuserUrl, { postgres: PASSWORD, authenticator: PASSWORD });
    await addPgCron(home);
    const services = await Promise.all([
      startManagementApi(newProject(REF, '')),
      startFakeAwsStack(),
      startFakePool({ users: 7, latencyMs: 0, rate: null }),
    ]);
    const world = new HostedWorld({ dir, home, port, stop: cluster.stop, services });
    await world.#writeProject();
    Object.assign(process.env, { ...AWS_ENV, AWS_ENDPOINT_URL: world.aws.url });
    await world.begin();
    expect(await world.connect()).toBe(true);
    world.#connected = await world.state();
    return world;
  }

  get workdir(): string {
    return path.join(this.dir, 'project');
  }

  async #writeProject(): Promise<void> {
    const migrations = path.join(this.workdir, 'supabase/migrations');
    await mkdir(migrations, { recursive: true });
    await writeFile(
      path.join(this.workdir, 'supabase/config.toml'),
      'project_id = "own"\n[api]\nschemas = ["public"]\n',
    );
    const { modules } = await readManifest();
    for (const { files } of withNeeds(modules, ['trust', 'directory'])) {
      const texts = await Promise.all(files.map((file) => readMigration(file)));
      await writeFile(path.join(migrations, files[0] ?? ''), texts.join('\n'));
    }
  }

  #url(user: string, database: string): string {
    return `postgresql://${user}:${PASSWORD}@127.0.0.1:${this.#port}/${database}`;
  }

  get databaseUrl(): string {
    return this.api.project.databaseUrl;
  }

  /** Runs SQL as the superuser. @param database @default - template1 */
  async admin(sql: string, database = 'template1'): Promise<void> {
    const client = new pg.Client({ connectionString: this.#url('supabase_admin', database) });
    await client.connect();
    await client.query(sql).finally(() => client.end());
  }

  /** The name of the project's database. */
  get database(): string {
    return `project_${this.#made}`;
  }

  /** Does the work while the databases cannot have pg_cron. */
  async withoutPgCron(work: () => Promise<void>): Promise<void> {
    await removePgCron(this.#home);
    await work().finally(() => addPgCron(this.#home));
  }

  /** A new project, a new stack, and a folder in which nobody has connected. */
  async begin(): Promise<void> {
    this.#made += 1;
    const name = this.database;
    await this.admin('alter role authenticator reset pgrst.db_pre_request');
    await this.admin(`create database ${name} template postgres owner postgres`);
    this.api.project = newProject(REF, this.#url('postgres', name));
    this.api.requests.length = 0;
    this.api.before = () => undefined;
    this.api.after = () => undefined;
    this.aws.after = () => undefined;
    this.aws.keys.clear();
    this.aws.calls.length = 0;
    this.aws.secrets.clear();
    const issuer = `https://cognito-idp.${this.pool.region}.amazonaws.com/${this.pool.userPoolId}`;
    this.aws.stacks.clear();
    this.setOutputs({
      Region: this.pool.region,
      UserPoolId: this.pool.userPoolId,
      Issuer: issuer,
      ClientId: 'web-client',
      TrustedClients: JSON.stringify([
        { issuer, client_id: 'web-client' },
        { issuer, client_id: 'machine-client', kind: 'machine', app_role: 'support' },
      ]),
      ReaderUserName: 'reader',
      // An output that the kit does not know.
      Other: 'somebody’s own',
    });
    await this.deleteRecordFile();
    await rm(this.#envFile, { force: true });
    this.printed.length = this.waits.length = 0;
    this.#cut.clear();
  }

  outputs(): Readonly<Record<string, string>> {
    return this.aws.stacks.get(STACK) ?? {};
  }

  setOutputs(outputs: Readonly<Record<string, string>>): void {
    this.aws.stacks.set(STACK, outputs);
  }

  /** Printed lines of changes. */
  changes(): readonly string[] {
    return this.printed.filter((line) => line.startsWith('  →'));
  }

  /** As in a new checkout, where the record is in Vault only. */
  deleteRecordFile(): Promise<void> {
    return rm(path.join(this.workdir, '.cognito-supabase'), { recursive: true, force: true });
  }

  /** Deletes the record of `connect` in both places. */
  async forgetConnection(): Promise<void> {
    await this.deleteRecordFile();
    await this.inDatabase((client) =>
      client.query("delete from vault.secrets where name like 'cognito-supabase connect %'"),
    );
  }

  get #envFile(): string {
    return path.join(this.workdir, '.env.local');
  }

  writeEnvFile(text: string): Promise<void> {
    return writeFile(this.#envFile, text);
  }

  /** Undefined without the file. */
  readEnvFile(): Promise<string | undefined> {
    return readFile(this.#envFile, 'utf8').catch(() => undefined);
  }

  /** @returns removes it again */
  async addMigration(name: string, sql: string): Promise<() => Promise<void>> {
    const file = path.join(this.workdir, 'supabase/migrations', name);
    await writeFile(file, sql);
    return () => rm(file);
  }

  /** The state after one run by the Management API, without interruption. */
  get connected(): State {
    if (this.#connected === undefined) throw new Error('nothing is connected yet');
    return this.#connected;
  }

  /** The same objects, settings and rows as after that run. */
  async expectConnected(): Promise<void> {
    const now = await this.state();
    expect(differences(this.connected.catalogue, now.catalogue)).toEqual([]);
    expect(now).toEqual(this.connected);
  }

  connect(more: Partial<WrittenOptions> = {}): Promise<boolean> {
    return connect(...this.run(more));
  }

  /** Values that no line may show. */
  allSecrets(): readonly string[] {
    return [this.api.accessToken, PASSWORD, 'made-', ...this.aws.keys.values()];
  }

  /** Options and surroundings of a run that nobody has to confirm. */
  run(more: Partial<WrittenOptions> = {}): readonly [WrittenOptions, Surroundings] {
    const options = { stage: 'dev', project: REF, workdir: this.workdir, yes: true, ...more };
    const env = {
      PATH: process.env.PATH,
      SUPABASE_ACCESS_TOKEN: this.api.accessToken,
      SUPABASE_API_BASE_URL: this.api.url,
      SUPABASE_DB_URL: this.databaseUrl,
      AWS_REGION: this.pool.region,
      COGNITO_ENDPOINT_URL: this.pool.url,
    };
    const print = (line: string): void => {
      this.printed.push(line);
    };
    const wait = async (ms: number): Promise<void> => {
      this.waits.push(ms);
    };
    return [options, { env, print, secrets: new Secrets(), wait }];
  }

  /** Runs again and again, each time until `prepare` has ended it. @returns the number of runs */
  async untilDone(command: typeof connect, more: object, prepare: () => void): Promise<number> {
    for (let runs = 1; runs <= 30; runs += 1) {
      prepare();
      if (await command(...this.run(more)).catch(() => false)) return runs;
    }
    throw new Error('it never ended');
  }

  /** The first change of the next run that no run before has made is made, and its answer is lost. */
  cutsAfterChange(): void {
    let isCut = false;
    this.api.after = (request) => {
      const change = changeOf(request);
      if (isCut || !request.isChange || this.#cut.has(change)) return undefined;
      isCut = true;
      this.#cut.add(change);
      return 'cut';
    };
  }

  async inDatabase<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    const client = new pg.Client({ connectionString: this.databaseUrl });
    await client.connect();
    return work(client).finally(() => client.end());
  }

  /** @param database whether the modules are there, so that their rows can be read. @default - true */
  state(hasModules = true): Promise<State> {
    const options = { keys: this.aws.keys.size, hasModules };
    return this.inDatabase((client) => stateOf(client, this.api.project, options));
  }

  async stop(): Promise<void> {
    delete process.env.AWS_ENDPOINT_URL;
    await Promise.all([this.api.close(), this.aws.close(), this.pool.close()]);
    await this.#stop();
    await removeDir(this.#home);
    await removeDir(this.dir);
  }
}
