/** After the migrations: connects the modules of the project's database to this stack. */
import type { StackEnv } from '@cognito-supabase/contract/settings';
import pg from 'pg';
import { printable } from './printable.ts';
import type { MachineAccess } from './project-config.ts';
import { UNGUARDED_LINE } from './unguarded-line.ts';

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

/** Secret in Vault → the variable that `[db.vault]` of config.toml names for it. */
const READER_SECRETS = {
  cognito_access_key_id: 'COGNITO_READER_ACCESS_KEY_ID',
  cognito_secret_access_key: 'COGNITO_READER_SECRET_ACCESS_KEY',
  cognito_region: 'COGNITO_REGION',
  cognito_user_pool_id: 'COGNITO_USER_POOL_ID',
  cognito_endpoint_url: 'COGNITO_ENDPOINT_URL',
} as const;

export interface ConnectOptions {
  /**
   * How cognito.users reaches the pool: variables of `[db.vault]`. @default - cognito.users stays unconnected
   */
  readonly vault?: Readonly<Record<string, string>>;
  /** App clients of programs that are trusted beside the web client. @default - none */
  readonly machines?: readonly MachineAccess[];
}

/**
 * Sets the trusted app clients. Without module trust there is no such setting, and all tokens are
 * accepted.
 */
async function setTrust(
  client: pg.Client,
  { COGNITO_ISSUER: issuer, COGNITO_CLIENT_ID }: StackEnv,
  machines: readonly MachineAccess[],
): Promise<void> {
  const trusted = [
    { issuer, client_id: COGNITO_CLIENT_ID },
    ...machines.map(({ clientId, appRole }) => ({
      ...{ issuer, client_id: clientId, kind: 'machine' },
      ...(appRole && { app_role: appRole }),
    })),
  ];
  await client.query('select cognito_supabase.set_trust($1)', [JSON.stringify(trusted)]);
}

/** Puts the reader's credentials into Vault: a project need not name them in its config.toml. */
async function fillVault(
  client: pg.Client,
  vault: Readonly<Record<string, string>>,
): Promise<void> {
  for (const [name, variable] of Object.entries(READER_SECRETS)) {
    const value = vault[variable];
    if (!value) continue;
    const { rows } = await client.query<{ id: string; value: string }>(
      'select id, decrypted_secret as value from vault.decrypted_secrets where name = $1',
      [name],
    );
    if (rows[0] === undefined)
      await client.query('select vault.create_secret($1, $2)', [value, name]);
    else if (rows[0].value !== value)
      await client.query('select vault.update_secret($1, $2)', [rows[0].id, value]);
  }
}

/**
 * Prints what is exposed without the guard. Such a table accepts ended sessions and disabled people, and
 * nothing else would report it.
 */
async function printUnguarded(client: pg.Client): Promise<void> {
  const { rows } = await client.query<Unguarded>(
    `select u.name, u.missing, ${UNGUARDED_LINE} as line from cognito_supabase.unguarded as u`,
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
 */
export async function connectDatabase(
  env: StackEnv,
  { vault, machines = [] }: ConnectOptions = {},
): Promise<void> {
  const client = new pg.Client({ connectionString: env.SUPABASE_DB_URL });
  await client.connect();
  try {
    const modules = await installedModules(client);
    if (modules.has('trust')) {
      await setTrust(client, env, machines);
      await printUnguarded(client);
    } else {
      console.log(
        '  note: this project does not have module trust, so its database accepts every token of the pool, even of ended sessions and disabled people\n' +
          '  → `npx cognito-supabase modules add trust` in the folder of the project adds it',
      );
    }
    if (modules.has('cognito-users') && vault !== undefined) {
      await fillVault(client, vault);
      await client.query('select cognito.connect()');
    }
  } finally {
    await client.end();
  }
}
