/** Copies of a database in the same cluster, for tests. */
import pg from 'pg';

/** What belongs to the name of a database, and so is not copied with it: privileges and settings. */
const LEFT_OUT = `
  with source as (select oid, datacl from pg_database where datname = $1),
  settings as (
    select setrole, split_part(one, '=', 1) as setting, substr(one, strpos(one, '=') + 1) as value
    from source join pg_db_role_setting on setdatabase = oid, unnest(setconfig) as one
  )
  select format('revoke all on database %I from public', $2::text) as sql
  from source where datacl is not null
  union all
  select format('grant %s on database %I to %s', privilege_type, $2,
                case grantee when 0 then 'public' else grantee::regrole::text end)
  from source, aclexplode(datacl)
  union all
  -- Postgres itself reads the value, because some settings are lists.
  select format('select set_config(%L, %L, true); alter %s set %s from current', setting, value,
                case setrole when 0 then format('database %I', $2)
                else format('role %s in database %I', setrole::regrole, $2) end, setting)
  from settings`;

/** Makes and drops copies. A database can be copied only while nobody is connected to it. */
export class DatabaseCopies {
  readonly #client: pg.Client;
  readonly #template: string;

  private constructor(client: pg.Client, template: string) {
    this.#client = client;
    this.#template = template;
  }

  /** @param superuserUrl names the database that is copied. */
  static async open(superuserUrl: string): Promise<DatabaseCopies> {
    const elsewhere = new URL(superuserUrl);
    const template = elsewhere.pathname.slice(1);
    elsewhere.pathname = '/template1';
    const client = new pg.Client({ connectionString: elsewhere.href });
    await client.connect();
    return new DatabaseCopies(client, template);
  }

  /** Makes the database `name`, with the rows, privileges and settings of the template. */
  async make(name: string): Promise<void> {
    const [to, from] = [pg.escapeIdentifier(name), pg.escapeIdentifier(this.#template)];
    await this.#client.query(`create database ${to} template ${from} owner postgres`);
    const { rows } = await this.#client.query<{ sql: string }>(LEFT_OUT, [this.#template, name]);
    // One call is one transaction.
    await this.#client.query(rows.map(({ sql }) => sql).join(';\n'));
  }

  /** Ends its sessions, and drops it. */
  async drop(name: string): Promise<void> {
    await this.#client.query(`drop database if exists ${pg.escapeIdentifier(name)} with (force)`);
  }

  close(): Promise<void> {
    return this.#client.end();
  }
}
