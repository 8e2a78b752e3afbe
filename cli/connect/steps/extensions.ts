/** The extensions that the modules use. They come before the migrations, which set up schedules. */
import type { Database } from '../../hosted/database.ts';
import { keptRecordName } from '../kept-record.ts';
import { change, done, leftOut, type Step } from '../step.ts';
import { modulesOf } from '../world.ts';
import { readSchedules } from './schedules.ts';
import { readVaultNames } from './vault.ts';

interface Extension {
  readonly name: string;
  /** Modules that use it. */
  readonly modules: readonly string[];
  readonly create: string;
  /** Whether something uses it. `$1`: names of the jobs and secrets that `disconnect` takes away. */
  readonly isUsed: string;
}

const GOING = '(select jsonb_array_elements_text($1::jsonb))';

const EXTENSIONS: readonly Extension[] = [
  {
    name: 'supabase_vault',
    modules: ['cognito-users'],
    create: 'create extension if not exists supabase_vault with schema vault',
    isUsed: `select exists (select from vault.secrets where coalesce(name, '') not in ${GOING}) as used`,
  },
  {
    name: 'wrappers',
    modules: ['cognito-users'],
    create: 'create extension if not exists wrappers with schema extensions',
    isUsed: `select exists (select from pg_catalog.pg_foreign_server where srvname not in ${GOING}) as used`,
  },
  {
    name: 'pg_cron',
    modules: ['trust', 'directory', 'accounts'],
    create: 'create extension if not exists pg_cron',
    isUsed: `select exists (select from cron.job where coalesce(jobname, '') not in ${GOING}) as used`,
  },
];

export async function readExtensions(db: Database): Promise<readonly string[]> {
  const rows = await db.query<{ name: string }>(
    'select extname::text as name from pg_catalog.pg_extension order by 1',
  );
  return rows.map(({ name }) => name);
}

async function available(db: Database): Promise<ReadonlySet<string>> {
  const rows = await db.query<{ name: string }>(
    'select name::text from pg_catalog.pg_available_extensions',
  );
  return new Set(rows.map(({ name }) => name));
}

const namesOf = (extensions: readonly Extension[]): string =>
  extensions.map(({ name }) => name).join(', ');

export const extensions: Step = {
  name: 'extensions',
  async inspect(world) {
    const { wanted } = await modulesOf(world);
    const needed = EXTENSIONS.filter(({ modules }) => modules.some((name) => wanted.has(name)));
    if (needed.length === 0) return leftOut('no module of the project uses one');
    const there = await readExtensions(world.db);
    const missing = needed.filter(({ name }) => !there.includes(name));
    if (missing.length === 0) return done(`${namesOf(needed)}: enabled`);
    const possible = await available(world.db);
    const addable = missing.filter(({ name }) => possible.has(name));
    const others = missing.filter(({ name }) => !possible.has(name));
    const note = others.length === 0 ? '' : `${namesOf(others)}: not available in this database`;
    if (addable.length === 0) return leftOut(note);
    return change(`enable ${namesOf(addable)}${note && `; ${note}`}`, async () => {
      for (const { create } of addable) await world.db.query(create);
    });
  },
  async inspectUndo({ db, stage }, before) {
    const there = await readExtensions(db);
    const going = [
      keptRecordName(stage),
      ...(await readSchedules(db)).filter((name) => !before.schedules.includes(name)),
      ...(await readVaultNames(db)).filter((name) => !before.vault.includes(name)),
    ];
    const unused: Extension[] = [];
    for (const one of EXTENSIONS) {
      if (!there.includes(one.name) || before.extensions.includes(one.name)) continue;
      const [found] = await db.query<{ used: boolean }>(one.isUsed, [JSON.stringify(going)]);
      if (found?.used === false) unused.push(one);
    }
    if (unused.length === 0) return done('as before, or in use');
    return change(`drop ${namesOf(unused)}, which nothing else uses`, async () => {
      for (const { name } of unused) await db.query(`drop extension if exists ${name}`);
    });
  },
};
