/**
 * A shell as somebody has it who reads the pages of production: the tools that need an account are stand-ins earlier in
 * PATH. Reason: `cdk deploy` needs AWS, and npm would download packages. `npx` runs the kit and the Supabase CLI of this
 * checkout, as it would run installed ones.
 */
import { chmod, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { CLI } from '@cognito-supabase/local/supabase-cli';
import { type HostedWorld, REF } from '../support/hosted-world.ts';
import { type Outcome, runInShell } from '../support/page.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');

const NPX = `command=$1; shift
case "$command" in
  cognito-supabase) exec "${process.execPath}" "${ROOT}/cli/main.ts" "$@" ;;
  supabase) exec "${process.execPath}" "${CLI}" "$@" ;;
  cdk) exec cdk "$@" ;;
  *) echo "npx: $command is not here" >&2; exit 1 ;;
esac`;

/** Writes the outputs of a deployment where the command says, and the words of each command into a file. */
const CDK = `echo "cdk $*" >> "$TOOLS/calls"
[ "$1" = deploy ] || exit 0
while [ $# -gt 0 ]; do
  case "$1" in
    -c) stage=\${2#stage=}; shift ;;
    --outputs-file) file=$2; shift ;;
  esac
  shift
done
mkdir -p "$(dirname "$file")"
cp "$TOOLS/outputs-$stage.json" "$file"`;

const RECORDED = (name: string): string => `echo "${name} $*" >> "$TOOLS/calls"`;

/** Runs SQL of standard input with one variable, as psql does; used only where no psql is installed. */
const PSQL = `import pg from ${JSON.stringify(path.join(ROOT, 'node_modules/pg/esm/index.mjs'))};
import { readFileSync } from 'node:fs';
const [url, , variable] = process.argv.slice(2);
const [, name, value] = /^(\\w+)=(.*)$/s.exec(variable);
const client = new pg.Client({ connectionString: url });
await client.connect();
const sql = readFileSync(0, 'utf8').replace(":'" + name + "'", client.escapeLiteral(value));
await client.query(sql).finally(() => client.end());`;

type Json = Readonly<Record<string, unknown>>;
export interface Template {
  readonly Resources: Readonly<Record<string, { readonly Type: string }>>;
  readonly Outputs: Readonly<Record<string, { readonly Value: unknown }>>;
}

export class OwnAccount {
  readonly world: HostedWorld;
  readonly #tools: string;

  private constructor(world: HostedWorld) {
    this.world = world;
    this.#tools = path.join(world.dir, 'tools');
  }

  static async open(world: HostedWorld): Promise<OwnAccount> {
    const own = new OwnAccount(world);
    const add = async (file: string, script: string): Promise<void> => {
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(file, `#!/bin/sh\n${script}\n`);
      await chmod(file, 0o755);
    };
    const tool = (name: string): string => path.join(own.#tools, 'bin', name);
    await add(tool('npx'), NPX);
    await add(tool('cdk'), CDK);
    for (const name of ['npm', 'aws']) await add(tool(name), RECORDED(name));
    await writeFile(path.join(own.#tools, 'psql.mjs'), PSQL);
    const run = `exec "${process.execPath}" "${own.#tools}/psql.mjs" "$@"`;
    await add(path.join(own.#tools, 'last/psql'), run);
    await symlink(path.join(ROOT, 'node_modules'), path.join(world.workdir, 'node_modules'));
    return own;
  }

  /** Runs a script in the project's top folder. */
  run(script: string, more: Readonly<Record<string, string>> = {}): Promise<Outcome> {
    const [, { env }] = this.world.run();
    const set = Object.entries(env).flatMap(([name, value]) => (value ? [[name, value]] : []));
    const folders = [path.join(this.#tools, 'bin'), process.env.PATH, `${this.#tools}/last`];
    return runInShell(script, {
      cwd: this.world.workdir,
      env: {
        ...Object.fromEntries(set),
        ...{ REF, TOOLS: this.#tools, PGSSLMODE: 'disable', SUPABASE_TELEMETRY_DISABLED: '1' },
        ...{ PATH: folders.join(path.delimiter), ...more },
      },
    });
  }

  /** The commands of npm, aws and cdk since the last call. */
  async calls(): Promise<readonly string[]> {
    const file = path.join(this.#tools, 'calls');
    const text = await readFile(file, 'utf8').catch(() => '');
    await writeFile(file, '');
    return text.trim().split('\n');
  }

  /** What a deployment of the template would show, for this pool. */
  outputsOf({ Resources, Outputs }: Template): Readonly<Record<string, string>> {
    const { pool } = this.world;
    const names = new Map([
      ['AWS::Cognito::UserPool', pool.userPoolId],
      ['AWS::Cognito::UserPoolClient', 'web-client'],
      ['AWS::IAM::User', 'reader'],
    ]);
    const shown = (value: unknown): string => {
      if (typeof value === 'string') return value;
      const { Ref, 'Fn::GetAtt': attribute, 'Fn::Join': joined } = value as Json;
      if (Ref === 'AWS::Region') return pool.region;
      const named = typeof Ref === 'string' ? names.get(Resources[Ref]?.Type ?? '') : undefined;
      if (named !== undefined) return named;
      if (Array.isArray(attribute) && attribute[1] === 'ProviderURL')
        return `https://cognito-idp.${pool.region}.amazonaws.com/${pool.userPoolId}`;
      if (Array.isArray(attribute) && attribute[1] === 'Arn') return 'arn:of-the-trigger';
      if (Array.isArray(joined)) return joined[1].map(shown).join(joined[0]);
      throw new Error(`nobody knows ${JSON.stringify(value)}`);
    };
    return Object.fromEntries(
      Object.entries(Outputs).map(([name, { Value }]) => [name, shown(Value)]),
    );
  }

  /** From now on a deployment of the stage has these outputs, in CloudFormation and in the file of `cdk deploy`. */
  async deploys(stage: string, outputs: Readonly<Record<string, string>>): Promise<void> {
    const stack = `cognito-supabase-${stage}`;
    this.world.aws.stacks.set(stack, outputs);
    const file = path.join(this.#tools, `outputs-${stage}.json`);
    await writeFile(file, JSON.stringify({ [stack]: outputs }, undefined, 2));
  }
}
