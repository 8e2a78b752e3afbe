/**
 * The file of the emulator: one SQLite database with everything that is kept between starts. Every
 * operation is one transaction, so a kill leaves all of it or nothing.
 */
import { closeSync, openSync } from 'node:fs';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { unreadable } from '../../files.ts';

/** Records are JSON documents. Columns beside them are what is searched, counted or unique. */
const SCHEMA = `
  create table pools (id text primary key, record text not null) strict;
  create table clients (
    id text primary key,
    pool text not null references pools (id) on delete cascade,
    record text not null
  ) strict;
  create index clients_pool on clients (pool);
  create table resource_servers (
    pool text not null references pools (id) on delete cascade,
    identifier text not null,
    record text not null,
    primary key (pool, identifier)
  ) strict;
  create table groups (
    pool text not null references pools (id) on delete cascade,
    name text not null,
    record text not null,
    primary key (pool, name)
  ) strict;
  create table users (
    seq integer primary key autoincrement,
    pool text not null references pools (id) on delete cascade,
    username text not null,
    email text,
    record text not null,
    unique (pool, username)
  ) strict;
  create index users_email on users (pool, email);
  create table memberships (
    pool text not null,
    username text not null,
    group_name text not null,
    primary key (pool, username, group_name),
    foreign key (pool, username) references users (pool, username) on delete cascade,
    foreign key (pool, group_name) references groups (pool, name) on delete cascade
  ) strict;
  create index memberships_group on memberships (pool, group_name);
  create table sessions (
    refresh_hash text primary key,
    origin_jti text not null,
    pool text not null references pools (id) on delete cascade,
    username text not null,
    expires integer not null,
    record text not null
  ) strict;
  create index sessions_origin on sessions (origin_jti);
  create index sessions_user on sessions (pool, username);
  create table keys (
    kid text primary key,
    pool text not null references pools (id) on delete cascade,
    record text not null
  ) strict;
`;

/** What was added to SCHEMA since: the first entry leads from version 1 to 2. A new file gets all of it. */
const MIGRATIONS: readonly string[] = [
  `
  alter table users add column name text;
  alter table users add column sub text;
  alter table users add column phone text;
  alter table users add column preferred text;
  update users set name = username, sub = username;
  create index users_place on users (pool, seq);
  create unique index users_name on users (pool, name);
  create unique index users_sub on users (pool, sub);
  create index users_phone on users (pool, phone);
  create index users_preferred on users (pool, preferred);
  create table identity_providers (
    pool text not null references pools (id) on delete cascade,
    name text not null,
    record text not null,
    primary key (pool, name)
  ) strict;
  create table identities (
    pool text not null,
    provider text not null,
    attribute text not null,
    value text not null,
    username text not null,
    created integer not null,
    primary key (pool, provider, attribute, value),
    foreign key (pool, username) references users (pool, username) on delete cascade
  ) strict;
  create index identities_user on identities (pool, username);
  create table import_jobs (
    pool text not null references pools (id) on delete cascade,
    id text not null,
    record text not null,
    primary key (pool, id)
  ) strict;
  create table kept_settings (
    pool text not null references pools (id) on delete cascade,
    name text not null,
    record text not null,
    primary key (pool, name)
  ) strict;
  `,
];

/** Version of the tables in the file (`pragma user_version`). */
const VERSION = 1 + MIGRATIONS.length;

export class Database {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  private constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /**
   * Opens the file, and makes it if there is none. Only its owner can read it.
   *
   * @throws KitError DATA_DIR_UNREADABLE if it is damaged, or was made by a newer version
   */
  static open(file: string): Database {
    closeSync(openSync(file, 'a', 0o600));
    try {
      const db = new DatabaseSync(file, { timeout: 2000 });
      // NORMAL is safe against a kill of the process. A power failure may lose the last commits.
      db.exec('pragma journal_mode = wal; pragma synchronous = normal; pragma foreign_keys = on');
      bringUpToDate(db);
      return new Database(db);
    } catch (cause) {
      throw unreadable(file, cause);
    }
  }

  get<T>(sql: string, ...values: readonly SQLInputValue[]): T | undefined {
    return this.#prepare(sql).get(...values) as T | undefined;
  }

  all<T>(sql: string, ...values: readonly SQLInputValue[]): T[] {
    return this.#prepare(sql).all(...values) as T[];
  }

  /** Rows one by one, for a search that may stop early. */
  each<T>(sql: string, ...values: readonly SQLInputValue[]): Iterable<T> {
    return this.#db.prepare(sql).iterate(...values) as Iterable<T>;
  }

  run(sql: string, ...values: readonly SQLInputValue[]): void {
    this.#prepare(sql).run(...values);
  }

  /** Runs synchronous work in one transaction. Inside another one it is a part of that. */
  transaction<T>(work: () => T): T {
    if (this.#db.isTransaction) return work();
    this.#db.exec('begin immediate');
    try {
      const result = work();
      this.#db.exec('commit');
      return result;
    } catch (error) {
      // A full disk makes SQLite roll back by itself.
      if (this.#db.isTransaction) this.#db.exec('rollback');
      throw error;
    }
  }

  close(): void {
    this.#db.close();
  }

  #prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#db.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}

/** Makes the tables of a new file, and those that a file of an earlier version does not have. */
function bringUpToDate(db: DatabaseSync): void {
  const { user_version: version } = db.prepare('pragma user_version').get() ?? {};
  if (typeof version !== 'number' || version > VERSION) throw new TypeError(`version ${version}`);
  if (version > 0) {
    const { quick_check: health } = db.prepare('pragma quick_check(1)').get() ?? {};
    if (health !== 'ok') throw new TypeError(`${health}`);
  }
  if (version === VERSION) return;
  const missing = version === 0 ? [SCHEMA, ...MIGRATIONS] : MIGRATIONS.slice(version - 1);
  db.exec(`begin; ${missing.join('\n')} pragma user_version = ${VERSION}; commit`);
}
