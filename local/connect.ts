/** After the migrations: connects the modules of the project's database to this stack. */
import type { StackEnv } from '@cognito-supabase/contract/settings';
import pg from 'pg';
import { printable } from './printable.ts';

/** Tables, views and functions that people can reach without the guard. */
interface Unguarded {
  readonly name: string;
  readonly missing: string;
  readonly line: string;
}

/** Modules of the kit that the project has; empty without module `base`. */
async function installedModules(client: pg.Client): Promise<ReadonlySet<string>> {
  const table = "select to_regclass('cognito_supabase.modules') is not null as there";
  if (!(await client.query<{ there: boolean }>(table)).rows[0]?.there) return new Set();
  const { rows } = await client.query<{ name: string }>(
    'select name from cognito_supabase.modules',
  );
  return new Set(rows.map(({ name }) => name));
}

/**
 * Sets the trusted app clients. Without module trust there is no such setting, and all tokens are
 * accepted.
 */
async function setTrust(client: pg.Client, env: StackEnv): Promise<void> {
  const trusted = [{ issuer: env.COGNITO_ISSUER, client_id: env.COGNITO_CLIENT_ID }];
  await client.query('select cognito_supabase.set_trust($1)', [JSON.stringify(trusted)]);
}

/**
 * Prints what is exposed without the guard. Such a table accepts ended sessions and disabled people, and
 * nothing else would report it.
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
 * Sets trust and connects cognito.users, as a platform engineer does once after a deployment. Prints what
 * is missing and what is not guarded.
 *
 * @param users false leaves cognito.users unconnected, if Vault has no credentials for it.
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
        '  note: this project does not have module trust, so its database accepts every token of the pool, even of ended sessions and disabled people\n' +
          '  → `npm run modules -- add trust --workdir DIR` adds it (docs/add-a-module.md)',
      );
    }
    if (modules.has('cognito-users') && users) await client.query('select cognito.connect()');
  } finally {
    await client.end();
  }
}
