/** Rows of sessions, by the hash of the refresh token. */
import type { Database } from './database.ts';
import { fromText, type SessionRecord, toText } from './records.ts';

interface Row {
  readonly refresh_hash: string;
  readonly record: string;
}

type Rows = readonly (readonly [hash: string, session: SessionRecord])[];

const entryOf = (row: Row) => [row.refresh_hash, fromText<SessionRecord>(row.record)] as const;

export class SessionRows {
  readonly #db: Database;
  readonly #pool: string;

  constructor(db: Database, pool: string) {
    this.#db = db;
    this.#pool = pool;
  }

  get(hash: string): SessionRecord | undefined {
    const sql = 'select record from sessions where pool = ? and refresh_hash = ?';
    const row = this.#db.get<Row>(sql, this.#pool, hash);
    return row && fromText<SessionRecord>(row.record);
  }

  /** Every refresh token of a session, by hash. Rotation makes more than one. */
  ofOrigin(originJti: string): Rows {
    const sql = 'select refresh_hash, record from sessions where pool = ? and origin_jti = ?';
    return this.#db.all<Row>(sql, this.#pool, originJti).map(entryOf);
  }

  save(hash: string, session: SessionRecord): void {
    this.#db.run(
      `insert into sessions (refresh_hash, origin_jti, pool, username, expires, record)
       values (?, ?, ?, ?, ?, ?) on conflict (refresh_hash) do update set record = excluded.record`,
      hash,
      session.originJti,
      this.#pool,
      session.username,
      session.expires,
      toText(session),
    );
  }

  /** Every session of a user, by hash. */
  ofUser(username: string): Rows {
    const sql = 'select refresh_hash, record from sessions where pool = ? and username = ?';
    return this.#db.all<Row>(sql, this.#pool, username).map(entryOf);
  }

  delete(hash: string): void {
    this.#db.run('delete from sessions where pool = ? and refresh_hash = ?', this.#pool, hash);
  }

  /** Deletes sessions that expired before a time, in milliseconds since the epoch. */
  sweep(before: number): void {
    this.#db.run('delete from sessions where pool = ? and expires < ?', this.#pool, before);
  }
}
