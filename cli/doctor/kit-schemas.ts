/** Schemas of the platform and of the kit, which no API may expose. */
import { type Manifest, readManifest } from '@cognito-supabase/local/modules';
import type { Context } from './check.ts';
import { exists, rowsOf } from './checks/query.ts';

/** No project makes schemas with these names. */
const OF_PLATFORM = ['vault', 'auth', 'cognito_supabase'];

export interface KitSchema {
  readonly name: string;
  /** The kit made it. False: somebody had it before, and the kit has put tables into it. */
  readonly made: boolean;
  /** The tables, views and foreign tables of the installed modules in it, with schema. */
  readonly tables: readonly string[];
}

let read: Promise<Manifest> | undefined;

/** Several checks of a run need it. */
function modulesOfKit(): Promise<Manifest> {
  read ??= readManifest();
  return read;
}

const TABLES = ['table', 'view', 'foreign table', 'materialized view'];

/**
 * The schemas of the kit in a database. Somebody's own schema `cognito` is none of them.
 *
 * @returns none without a module
 */
export async function kitSchemas(
  database: NonNullable<Context['database']>,
): Promise<readonly KitSchema[]> {
  if (!(await exists(database, 'cognito_supabase.modules'))) return [];
  const rows = await rowsOf<{ name: string; found: readonly string[] }>(
    database,
    'select name, found from cognito_supabase.modules',
  );
  const found = new Set(rows.flatMap((row) => row.found));
  const installed = new Set(rows.map(({ name }) => name));
  const modules = (await modulesOfKit()).modules.filter(({ name }) => installed.has(name));
  const tables = modules
    .flatMap(({ makes }) => TABLES.flatMap((kind) => makes[kind] ?? []))
    .filter((name) => !found.has(name));
  return modules
    .flatMap(({ makes }) => makes.schema ?? [])
    .map((name) => ({
      name,
      made: !found.has(`schema ${name}`),
      tables: tables.filter((table) => table.startsWith(`${name}.`)),
    }));
}

/** Of the modules whose migrations a project has. */
async function inProject(migrations: readonly string[]): Promise<readonly string[]> {
  const own = new Set(migrations);
  const modules = (await modulesOfKit()).modules.filter(({ files }) =>
    files.some((file) => own.has(file)),
  );
  return modules.flatMap(({ makes }) => makes.schema ?? []);
}

/**
 * Names of the private schemas: as the database says, or else the migrations of the project. Without both, each schema
 * that the kit can make is private.
 */
export async function privateSchemas(context: Context): Promise<ReadonlySet<string>> {
  const { database, project } = context;
  if (database !== undefined)
    return new Set([...OF_PLATFORM, ...(await kitSchemas(database)).map(({ name }) => name)]);
  if (project !== undefined)
    return new Set([...OF_PLATFORM, ...(await inProject(project.migrations))]);
  const { modules } = await modulesOfKit();
  return new Set([...OF_PLATFORM, ...modules.flatMap(({ makes }) => makes.schema ?? [])]);
}
