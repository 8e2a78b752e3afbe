/**
 * `npm run types:generate`: writes web/src/data/database.types.ts from the schema of the running stack.
 * It uses the library behind `supabase gen types`, because that command needs Docker.
 */
import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { readArguments } from '@cognito-supabase/contract/command-line';
import { generateTypescript, sortGeneratorMetadata } from '@supabase/postgrest-typegen/generation';
import { introspect } from '@supabase/postgrest-typegen/introspection';
import pg from 'pg';
import { printError } from './progress.ts';
import { readStackEnv } from './stack-env.ts';

const ROOT = path.resolve(import.meta.dirname, '..');
const DEFAULT_DIR = path.join(ROOT, '.local');
export const TYPES_FILE = path.join(ROOT, 'web', 'src', 'data', 'database.types.ts');

const USAGE = `npm run types:generate [-- options]   writes web/src/data/database.types.ts from the running stack

  --dir DIR   the folder of the stack    default .local
  --help      this text`;

/** The types of schema public, as `supabase gen types` gives them. */
export async function generateTypes(databaseUrl: string): Promise<string> {
  // A pool, because the library runs several queries at once.
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 4 });
  try {
    const metadata = await introspect(pool, { includedSchemas: ['public'] });
    const types = await generateTypescript(sortGeneratorMetadata(metadata), {});
    return `// Generated from the migrations. Not edited by hand.\n${types}`;
  } finally {
    await pool.end();
  }
}

/** The file of this repository, in its format. */
export async function generateRepositoryTypes(databaseUrl: string): Promise<string> {
  const biome = path.join(ROOT, 'node_modules', '@biomejs', 'biome', 'bin', 'biome');
  const formatted = spawnSync(
    process.execPath,
    [biome, 'format', `--stdin-file-path=${TYPES_FILE}`],
    { cwd: ROOT, input: await generateTypes(databaseUrl), encoding: 'utf8' },
  );
  if (formatted.status !== 0) throw new Error(`biome format: ${formatted.stderr}`);
  return formatted.stdout;
}

if (import.meta.main) {
  try {
    const { values } = readArguments('npm run types:generate -- --help', {
      options: { dir: { type: 'string' }, help: { type: 'boolean' } },
    });
    if (values.help) console.log(USAGE);
    else {
      const { SUPABASE_DB_URL } = await readStackEnv(path.resolve(values.dir ?? DEFAULT_DIR));
      await writeFile(TYPES_FILE, await generateRepositoryTypes(SUPABASE_DB_URL));
      console.log(`wrote ${path.relative(process.cwd(), TYPES_FILE)}`);
    }
  } catch (error) {
    printError(error);
    process.exitCode = 1;
  }
}
