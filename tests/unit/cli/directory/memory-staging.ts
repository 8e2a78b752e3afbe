/** The database side of a sync, in memory: begin, resume and finish as the SQL functions do them. */
import type { PoolUser } from '../../../../cli/directory/pool.ts';
import type { RunRow, Staging } from '../../../../cli/directory/staging.ts';

export interface MemoryStaging extends Staging {
  /** sub → user, of the run under way. */
  readonly users: Map<string, PoolUser>;
  /** Rows written, those of the same user too. */
  rows: number;
  readonly parts: Map<string, number>;
  /** Users in the directory that are not deleted. */
  readonly directory: Set<string>;
  readonly groups: Map<string, string[]>;
  readonly errors: string[];
  /** Loses the staged rows, like a crash of Postgres. */
  loseStaged(): void;
}

export function memoryStaging(): MemoryStaging {
  let [run, open] = [0, false];
  const begin = async (): Promise<string> => {
    staging.loseStaged();
    [run, open] = [run + 1, true];
    return String(run);
  };
  const staging: MemoryStaging = {
    users: new Map(),
    rows: 0,
    parts: new Map(),
    directory: new Set(),
    groups: new Map(),
    errors: [],
    loseStaged() {
      this.users.clear();
      this.parts.clear();
    },
    begin,
    resume: async (runId) =>
      open && staging.parts.size > 0 && runId === String(run) ? runId : begin(),
    staged: async () => new Map(staging.parts),
    async write(_runId, { users, parts }) {
      for (const user of users) staging.users.set(user.sub, user);
      staging.rows += users.length;
      for (const { part, pages } of parts) staging.parts.set(part, pages);
    },
    missing: async () => [...staging.directory].filter((sub) => !staging.users.has(sub)),
    async writeGroup(group, subs) {
      for (const sub of subs) staging.groups.set(sub, [...(staging.groups.get(sub) ?? []), group]);
    },
    applyGroups: async () => {},
    async finish(_runId, pages): Promise<RunRow> {
      const gone = [...staging.directory].filter((sub) => !staging.users.has(sub));
      const fresh = [...staging.users.keys()].filter((sub) => !staging.directory.has(sub));
      for (const sub of gone) staging.directory.delete(sub);
      for (const sub of fresh) staging.directory.add(sub);
      const seen = String(staging.users.size);
      staging.loseStaged();
      open = false;
      const counts = { changed: String(fresh.length), deleted: String(gone.length) };
      return { id: String(run), pages, seen, ...counts, complete: true, error: null };
    },
    interrupt: async (_runId, _pages, error) => void staging.errors.push(error),
    vacuum: async () => {},
    close: async () => {},
  };
  return staging;
}
