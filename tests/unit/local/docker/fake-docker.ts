/**
 * A `docker` for tests: it records its calls, keeps a list of containers, networks and volumes, runs the
 * embedded Postgres for the database's container, and passes every health check. With it the real
 * Supabase CLI runs a whole `supabase start`, without Supabase's images.
 *
 * FAKE_DOCKER_DIR is where it keeps its notes. FAKE_DOCKER_FAILS names a command that fails.
 */
import { spawn } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

interface Container {
  readonly name: string;
  /** Host port of the first published one. */
  readonly port: number;
  running: boolean;
  /** The process that stands in for it, if there is one to end. */
  pid?: number | undefined;
}

const dir = process.env.FAKE_DOCKER_DIR ?? '';
const args = process.argv.slice(2);
const [command = '', sub = '', name = ''] = args;

/** Variables that the CLI passes to containers by its own environment, `-e NAME` without a value. */
const passed = Object.fromEntries(
  args.flatMap((arg, at) => (args[at - 1] === '-e' ? [[arg, process.env[arg] ?? '']] : [])),
);
appendFileSync(path.join(dir, 'calls'), `${JSON.stringify({ args, env: passed })}\n`);

const file = path.join(dir, 'containers.json');
const containers: Container[] = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : [];
const save = (all: readonly Container[]) => writeFileSync(file, JSON.stringify(all));
const isDatabase = (one: string): boolean => one.startsWith('supabase_db_');
const home = path.join(dir, 'database');

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

/** Like Supabase's image: roles, schemas, and the well-known password. */
async function startDatabase(port: number): Promise<void> {
  // Loaded here, because the CLI calls `docker` about a hundred times, and most calls need neither.
  const { startCluster } = await import('../../../../local/postgres/cluster.ts');
  const { preparePlatform } = await import('../../../../local/postgres/platform.ts');
  // A container keeps running after the `docker` command has ended.
  const cluster = await startCluster({
    home,
    port,
    password: 'postgres',
    endsWithProcess: false,
    isDisposable: true,
  });
  await preparePlatform(cluster.superuserUrl, { postgres: 'postgres', authenticator: 'postgres' });
}

/** Kong. The CLI asks it whether the services are ready. */
function startGateway(port: number): number | undefined {
  const script = `require('node:http').createServer((_, it) => it.end()).listen(${port}, '127.0.0.1')`;
  const child = spawn(process.execPath, ['-e', script], { detached: true, stdio: 'ignore' });
  return child.pid;
}

const find = (one: string): Container | undefined => containers.find((it) => it.name === one);

async function startContainer(one: string): Promise<void> {
  const found = find(one);
  if (!found) fail(`Error: No such container: ${one}`);
  if (isDatabase(one)) await startDatabase(found.port);
  if (one.startsWith('supabase_kong_')) found.pid = startGateway(found.port);
  found.running = true;
  save(containers);
}

async function removeAll(): Promise<void> {
  if (existsSync(home)) {
    const { endOrphan } = await import('../../../../local/postgres/orphan.ts');
    await endOrphan(home);
  }
  for (const { pid } of containers) if (pid) process.kill(pid);
  save([]);
}

if (process.env.FAKE_DOCKER_FAILS && args.join(' ').startsWith(process.env.FAKE_DOCKER_FAILS))
  fail(
    'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?',
  );

switch (command) {
  case 'version':
    console.log(args.join(' ').includes('Client') ? '1.48 1.48 1.48' : '28.0.0');
    break;
  case 'network':
    // The bridge's address has to be an address of this machine, because there is no bridge here.
    if (sub === 'inspect') console.log(name === 'bridge' ? '127.0.0.1' : '127.0.0.0/8');
    break;
  case 'container':
    if (sub === 'inspect') {
      const found = find(name);
      if (!found) fail(`Error: No such container: ${name}`);
      const Status = found.running ? 'running' : 'exited';
      console.log(
        JSON.stringify({ Status, Running: found.running, Health: { Status: 'healthy' } }),
      );
    }
    if (sub === 'prune') await removeAll();
    break;
  case 'image':
    console.log('[]');
    break;
  case 'volume':
    if (sub === 'inspect' && !existsSync(path.join(home, 'data'))) fail('Error: no such volume');
    if (sub === 'inspect') console.log('[{}]');
    if (sub === 'prune') rmSync(home, { recursive: true, force: true });
    break;
  case 'create':
  case 'run': {
    const named = args[args.indexOf('--name') + 1] ?? '';
    const published = args[args.indexOf('-p') + 1] ?? '';
    const port = args.includes('-p') ? Number(published.split(':')[0]) : 0;
    if (!named || args.includes('--rm')) break;
    save([...containers.filter((it) => it.name !== named), { name: named, port, running: false }]);
    if (command === 'run' && args.includes('-d')) await startContainer(named);
    console.log(named);
    break;
  }
  case 'start':
    await startContainer(sub);
    break;
  case 'ps':
    for (const it of containers) {
      const format = args[args.indexOf('--format') + 1] ?? '';
      console.log(format.replace(/{{\.(ID|Names)}}/g, it.name).replace(/{{.*?}}/g, ''));
    }
    break;
}
// Postgres keeps running, and would keep this process waiting.
process.exit(0);
