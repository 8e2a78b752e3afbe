/** Asks the Docker engine whether it runs, and at which address its containers reach this machine. */
import { execFile } from 'node:child_process';
import { isIPv4 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { promisify } from 'node:util';
import { KitError } from '@cognito-supabase/contract/errors';

const run = promisify(execFile);
/** Deadline in milliseconds. A running engine answers at once; one that is starting can hang. */
const PATIENCE = 20_000;

const docker = async (...args: string[]): Promise<string> =>
  (await run('docker', args, { timeout: PATIENCE })).stdout.trim();

/** @throws KitError DOCKER_MISSING if there is no `docker` command, or no engine answers */
export async function checkEngine(): Promise<void> {
  try {
    const version = await docker('version', '--format', '{{.Server.Version}}');
    if (version !== '') return;
  } catch (error) {
    const cause = error as NodeJS.ErrnoException & { stderr?: string };
    if (cause.code === 'ENOENT') {
      throw new KitError(
        'DOCKER_MISSING',
        'there is no `docker` on the PATH, and --docker runs Supabase in containers',
        'install Docker (https://docs.docker.com/get-started/get-docker), or leave --docker out',
        { cause },
      );
    }
    throw noEngine(cause.stderr?.trim().split('\n').at(-1) || cause.message, cause);
  }
  throw noEngine('it gave no version');
}

const noEngine = (words: string, cause?: unknown): KitError =>
  new KitError(
    'DOCKER_MISSING',
    `the Docker engine does not answer: ${words}`,
    'start Docker (Docker Desktop, or `sudo systemctl start docker`) and see that `docker version` names a server',
    { cause },
  );

/** How containers reach a server of this machine. */
export interface HostGateway {
  /** The name or address that containers use for this machine. */
  readonly host: string;
  /** The address of this machine at which their requests arrive. */
  readonly address: string;
  /** Whether that address is the engine's bridge. Then callers have addresses of containers. */
  readonly isBridge: boolean;
}

/**
 * With an engine on this machine (Linux) it is the bridge's address, which only containers and this
 * machine can reach. Elsewhere (Docker Desktop, colima, OrbStack) the engine is in a virtual machine that
 * calls 127.0.0.1 for its containers.
 */
export async function findGateway(): Promise<HostGateway> {
  const format = '{{range .IPAM.Config}}{{println .Gateway}}{{end}}';
  const found = await docker('network', 'inspect', 'bridge', '--format', format).catch(() => '');
  const own = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
  const bridge = found
    .split(/\s+/)
    .find((line) => isIPv4(line) && own.some(({ address }) => address === line));
  return bridge === undefined
    ? { host: 'host.docker.internal', address: '127.0.0.1', isBridge: false }
    : { host: bridge, address: bridge, isBridge: true };
}

/**
 * The address ranges of one project's containers, as CIDR.
 *
 * @param projectId as in config.toml. The CLI names the network after it.
 */
export async function containerRanges(projectId: string): Promise<readonly string[]> {
  const format = '{{range .IPAM.Config}}{{println .Subnet}}{{end}}';
  const network = `supabase_network_${projectId}`;
  const found = await docker('network', 'inspect', network, '--format', format).catch(() => '');
  return found.split(/\s+/).filter((line) => isIPv4(line.split('/')[0] ?? ''));
}
