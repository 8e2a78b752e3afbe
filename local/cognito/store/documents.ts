/** Tables of documents that belong to a pool, such as groups, app clients and signing keys. */
import type { Database } from './database.ts';
import { fromText, toText } from './records.ts';

/** Table → its column with the document's name. */
const TABLES = {
  clients: 'id',
  groups: 'name',
  identity_providers: 'name',
  import_jobs: 'id',
  kept_settings: 'name',
  keys: 'kid',
  resource_servers: 'identifier',
} as const;

interface Row {
  readonly record: string;
}

export class Documents<T extends object> {
  readonly #db: Database;
  readonly #table: keyof typeof TABLES;
  readonly #pool: string;

  constructor(db: Database, table: keyof typeof TABLES, pool: string) {
    this.#db = db;
    this.#table = table;
    this.#pool = pool;
  }

  get(name: string): T | undefined {
    const sql = `select record from ${this.#table} where pool = ? and ${this.#name} = ?`;
    const row = this.#db.get<Row>(sql, this.#pool, name);
    return row && fromText<T>(row.record);
  }

  /** All of the pool, in the order in which they were made. */
  all(): readonly T[] {
    const sql = `select record from ${this.#table} where pool = ? order by rowid`;
    return this.#db.all<Row>(sql, this.#pool).map(({ record }) => fromText<T>(record));
  }

  /** Names of all, in the same order. */
  names(): readonly string[] {
    const sql = `select ${this.#name} as name from ${this.#table} where pool = ? order by rowid`;
    return this.#db.all<{ readonly name: string }>(sql, this.#pool).map(({ name }) => name);
  }

  save(name: string, document: T): void {
    const key = this.#table === 'clients' || this.#table === 'keys' ? '' : 'pool, ';
    this.#db.run(
      `insert into ${this.#table} (pool, ${this.#name}, record) values (?, ?, ?)
       on conflict (${key}${this.#name}) do update set record = excluded.record`,
      this.#pool,
      name,
      toText(document),
    );
  }

  delete(name: string): void {
    this.#db.run(
      `delete from ${this.#table} where pool = ? and ${this.#name} = ?`,
      this.#pool,
      name,
    );
  }

  get #name(): string {
    return TABLES[this.#table];
  }
}
