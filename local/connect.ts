/** After the migrations: tells the modules of the project's database about this stack. */
import type { StackEnv } from '@cognito-supabase/contract/settings';
import pg from 'pg';
import { printable } from './printable.ts';

/** What the Data API shows and the guard does not cover. */
interface Unguarded {
  readonly name: string;
  readonly missing: string;
  readonly line: string;
}

/** Modules of the kit that the project has: none where it has not even `base`. */
async function installedModules(client: pg.Client): Promise<ReadonlySet<string>> {
  const table = "select to_regclass('cognito_supabase.modules') is not null as there";
  if (!(await client.query<{ there: boolean }>(table)).rows[0]?.there) return new Set();
  const { rows } = await client.query<{ name: string }>(
    'select name from cognito_supabase.modules',
  );
  return new Set(rows.map(({ name }) => name));
}

/** Whose tokens count. Without module trust the database has no such setting, and believes all of them. */
async function setTrust(client: pg.Client, env: StackEnv): Promise<void> {
  const trusted = [{ issuer: env.COGNITO_ISSUER, client_id: env.COGNITO_CLIENT_ID }];
  await client.query('select cognito_supabase.set_trust($1)', [JSON.stringify(trusted)]);
}

/**
 * Names what is exposed without the guard: such a table accepts ended sessions and disabled people,
 * which nothing else would tell.
 */
async function printUnguarded(client: pg.Client): Promise<void> {
  const { rows } = await client.query<Unguarded>(
    'select name, missing, line from cognito_supabase.unguarded',
  );
  for (const { name, missing, line } of rows) {
    console.log(
      `  note: ${printable(name)} is exposed and not guarded: ${missing}\n  → ${printable(line)}`,
    );
  }
}

/**
 * What a platform engineer runs once after a deploy, for the modules that are installed: whose tokens
 * count, which pool is asked about. Says what is missing and what is not guarded.
 *
 * @param users false leaves cognito.users unconnected, where no credentials for it are in Vault.
 */
export async function connectDatabase(env: StackEnv, users = true): Promise<void> {
  const client = new pg.Client({ connectionString: env.SUPABASE_DB_URL });
  await client.connect();
  try {
    const modules = await installedModules(client);
    if (modules.has('trust')) {
      await setTrust(client, env);
      await printUnguarded(client);
    } else {
      console.log(
        '  note: this project does not have module trust: its database accepts every token of the pool, ended sessions and disabled people included\n' +
          '  → docs/add-a-module.md says which files to copy',
      );
    }
    if (modules.has('cognito-users') && users) await client.query('select cognito.connect()');
  } finally {
    await client.end();
  }
}
