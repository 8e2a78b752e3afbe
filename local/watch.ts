/** `--watch`: applies migrations while the stack runs, and writes the types again. */
import { watch as watchFolder } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { changesSince, type MigrateOptions, migrate } from './migrate.ts';
import { printable } from './printable.ts';
import { printError } from './progress.ts';

/** Editors write a file in several steps, in milliseconds. */
const SETTLED = 150;

export interface WatchOptions extends MigrateOptions {
  /** Makes the database anew, without migrations. */
  readonly remake: () => Promise<void>;
  /** Connects the installed modules to this stack. */
  readonly connect: () => Promise<void>;
  /** File for the types; undefined writes none. */
  readonly types: string | undefined;
}

/** Writes the types of schema public to a file. */
export async function writeTypes(databaseUrl: string, file: string): Promise<void> {
  // Loaded here, because most starts write no types.
  const { generateTypes } = await import('./generate-types.ts');
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, await generateTypes(databaseUrl));
}

/** Applies new migrations. If an applied file has changed, the database is made anew first. */
async function apply(options: WatchOptions): Promise<void> {
  const began = performance.now();
  const { changed, missing } = await changesSince(options);
  for (const [files, what] of [
    [changed, 'has changed since it was applied'],
    [missing, 'was applied and does not exist any more'],
  ] as const) {
    for (const file of files) console.log(`  ${printable(file)} ${what}`);
  }
  if (changed.length + missing.length > 0) {
    console.log('  the database is made anew, without its rows');
    await options.remake();
  }
  await migrate(options);
  await options.connect();
  if (options.types) await writeTypes(options.databaseUrl, options.types);
  const took = ((performance.now() - began) / 1000).toFixed(1);
  console.log(`  ✓ migrations applied${options.types ? ', types written' : ''} in ${took} s`);
}

/**
 * Watches supabase/migrations until the returned function is called. There is one run at a time. A file
 * that is written meanwhile causes another one. A failed migration is printed, and the stack keeps
 * running.
 */
export async function watchMigrations(options: WatchOptions): Promise<() => Promise<void>> {
  const folder = path.join(options.workdir, 'supabase', 'migrations');
  await mkdir(folder, { recursive: true });
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  const watcher = watchFolder(folder, (_, name) => {
    if (!name?.endsWith('.sql')) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      running = running.then(() => apply(options).catch(printError));
    }, SETTLED);
  });
  return async () => {
    watcher.close();
    clearTimeout(timer);
    await running;
  };
}
