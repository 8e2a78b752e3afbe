/**
 * A stack that was killed leaves its Postgres running. The next start ends that Postgres, and no other.
 */
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { dataDirOf } from './data-folder.ts';
import { asServiceUser, commandLine, processIdentity, serviceUser } from './os.ts';
import { postgresOf } from './runtime.ts';
import { ownerOf, readPlainFile } from './shared-folder.ts';

/** Time for a fast shutdown before an immediate one, in milliseconds. */
const PATIENCE = 10_000;

/**
 * Ends the Postgres in the pid file of `home`, if it has the same user, program and data folder. The
 * service user writes that file, so the signal is sent as that user, who can signal only its own
 * processes.
 */
export async function endOrphan(home: string): Promise<void> {
  const dataDir = dataDirOf(home);
  const pidFile = path.join(dataDir, 'postmaster.pid');
  if ((await ownerOf(pidFile)) === undefined) return;
  const pid = Number((await readPlainFile(pidFile)).split('\n')[0]);
  const user = await serviceUser();
  const uid = user?.uid ?? process.getuid?.();
  const isOurs = async (): Promise<boolean> => {
    if (!Number.isSafeInteger(pid) || pid <= 1) return false;
    const found = await processIdentity(pid);
    if (found === undefined || found.uid !== uid) return false;
    if (found.executable !== postgresOf(home)) return false;
    return (await commandLine(pid))?.includes(dataDir) ?? false;
  };
  // It may have ended meanwhile.
  const signal = (name: string) =>
    asServiceUser(user, `kill -${name} "$1"`, [String(pid)]).catch(() => {});

  // Postgres does not start beside a pid file that it cannot read.
  if (!(await isOurs())) return asServiceUser(user, 'rm -f -- "$1"', [pidFile]);
  await signal('INT');
  for (let waited = 0; await isOurs(); waited += 20) {
    if (waited > PATIENCE) await signal('QUIT');
    await sleep(20);
  }
}
