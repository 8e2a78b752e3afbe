/**
 * A `supabase` for the case that the real one cannot run without a network: a pool on AWS, whose keys it
 * fetches. It starts and stops the database of fake-docker.ts only.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'smol-toml';

const args = process.argv.slice(2);
const workdir = args.find((arg) => arg.startsWith('--workdir='))?.slice('--workdir='.length) ?? '';
const config = readFileSync(path.join(workdir, 'supabase', 'config.toml'), 'utf8');
const tables = parse(config) as Record<string, { port?: number }>;
const portOf = (table: string): string => String(tables[table]?.port ?? '');
const docker = (...words: string[]) => execFileSync('docker', words);

switch (args[0]) {
  case 'start':
    docker('create', '--name', 'supabase_db_aws', '-p', `${portOf('db')}:5432`);
    docker('start', 'supabase_db_aws');
    break;
  case 'status':
    console.log(
      JSON.stringify({
        API_URL: `http://127.0.0.1:${portOf('api')}`,
        DB_URL: `postgresql://postgres:postgres@127.0.0.1:${portOf('db')}/postgres`,
        PUBLISHABLE_KEY: 'sb_publishable_fake',
        SECRET_KEY: 'sb_secret_fake',
      }),
    );
    break;
  case 'stop':
    docker('container', 'prune', '--force');
    break;
}
