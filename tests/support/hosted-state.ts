/** What `connect` can change in a hosted project, to compare it before and after. */
import type pg from 'pg';
import { type Catalogue, catalogueOf } from './catalogue.ts';
import type { HostedProject } from './management-api.ts';

/** Everything that `connect` can change, without what differs from run to run. */
export interface State {
  readonly catalogue: Catalogue;
  readonly project: unknown;
  readonly rows: unknown;
  readonly keys: number;
}

/** The record of `connect` counts its runs, so it is left out. */
const ROWS = {
  trust: 'select * from cognito_supabase.trusted_clients order by 1, 2',
  vault: `select name, case when name ~ 'key' then left(secret, 4) else secret end as is
    from vault.secrets where name not like 'cognito-supabase %' order by 1`,
  jobs: 'select jobname, schedule, command, active from cron.job order by 1',
  people: 'select sub, email, deleted_at from cognito.directory order by 1',
  migrations:
    'select version, name, statements from supabase_migrations.schema_migrations order by 1',
};

/** @param hasModules whether their rows can be read */
export async function stateOf(
  client: pg.Client,
  hosted: HostedProject,
  { keys, hasModules }: { readonly keys: number; readonly hasModules: boolean },
): Promise<State> {
  const { databaseUrl: _, thirdPartyAuth, ...project } = hosted;
  const providers = thirdPartyAuth.map(({ id, inserted_at, updated_at, ...settings }) => settings);
  const rows = new Map<string, unknown>();
  if (hasModules)
    for (const [name, sql] of Object.entries(ROWS)) rows.set(name, (await client.query(sql)).rows);
  return {
    catalogue: await catalogueOf(client),
    project: structuredClone({ ...project, providers }),
    rows: Object.fromEntries(rows),
    keys,
  };
}
