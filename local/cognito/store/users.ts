/** Users of one pool, with their memberships. */
import type { Database } from './database.ts';
import { fromText, type GroupRecord, toText, type UserRecord } from './records.ts';

interface Row {
  readonly seq: number;
  readonly record: string;
}

/** A user with its place in the order of sign-up, for paging. */
export interface Listed {
  readonly seq: number;
  readonly user: UserRecord;
}

/** Narrows a list by an index; the rest of a filter looks at the records. */
export type Narrowing =
  | { readonly by: 'email' | 'username'; readonly from: string; readonly to: string }
  | { readonly by: 'group'; readonly name: string };

const emailOf = ({ Attributes }: UserRecord): string | null =>
  Attributes.find(({ Name }) => Name === 'email')?.Value.toLowerCase() ?? null;

export class Users {
  readonly #db: Database;
  readonly #pool: string;

  constructor(db: Database, pool: string) {
    this.#db = db;
    this.#pool = pool;
  }

  /** Finds a user by username (which is the `sub`) or by email, in any case. */
  find(name: string): UserRecord | undefined {
    const lower = name.toLowerCase();
    const row =
      this.#db.get<Row>(
        'select record from users where pool = ? and username = ?',
        this.#pool,
        lower,
      ) ??
      this.#db.get<Row>(
        'select record from users where pool = ? and email = ? order by seq limit 1',
        this.#pool,
        lower,
      );
    return row && fromText<UserRecord>(row.record);
  }

  save(user: UserRecord): void {
    this.#db.run(
      `insert into users (pool, username, email, record) values (?, ?, ?, ?)
       on conflict (pool, username) do update set email = excluded.email, record = excluded.record`,
      this.#pool,
      user.Username,
      emailOf(user),
      toText(user),
    );
  }

  delete({ Username }: UserRecord): void {
    this.#db.run('delete from users where pool = ? and username = ?', this.#pool, Username);
  }

  count(): number {
    const row = this.#db.get<{ n: number }>(
      'select count(*) as n from users where pool = ?',
      this.#pool,
    );
    return row?.n ?? 0;
  }

  /** Users after a place in the order of sign-up. */
  *after(seq: number, narrowing?: Narrowing): Iterable<Listed> {
    for (const row of this.#rows(seq, narrowing)) {
      yield { seq: row.seq, user: fromText<UserRecord>(row.record) };
    }
  }

  /** Groups of a user, the strongest (lowest precedence) first, as tokens list them. */
  groupsOf({ Username }: UserRecord): readonly GroupRecord[] {
    return this.#db
      .all<Row>(
        `select g.record from memberships as m
         join groups as g on g.pool = m.pool and g.name = m.group_name
         where m.pool = ? and m.username = ?`,
        this.#pool,
        Username,
      )
      .map(({ record }) => fromText<GroupRecord>(record))
      .sort(
        (a, b) =>
          (a.Precedence ?? Number.MAX_SAFE_INTEGER) - (b.Precedence ?? Number.MAX_SAFE_INTEGER) ||
          a.GroupName.localeCompare(b.GroupName),
      );
  }

  addToGroup({ Username }: UserRecord, group: string): void {
    this.#db.run(
      'insert or ignore into memberships (pool, username, group_name) values (?, ?, ?)',
      this.#pool,
      Username,
      group,
    );
  }

  removeFromGroup({ Username }: UserRecord, group: string): void {
    this.#db.run(
      'delete from memberships where pool = ? and username = ? and group_name = ?',
      this.#pool,
      Username,
      group,
    );
  }

  #rows(seq: number, narrowing: Narrowing | undefined): Iterable<Row> {
    const pool = this.#pool;
    if (narrowing === undefined) {
      const sql = 'select seq, record from users where pool = ? and seq > ? order by seq';
      return this.#db.each<Row>(sql, pool, seq);
    }
    if (narrowing.by === 'group') {
      const sql = `select u.seq, u.record from memberships as m
        join users as u on u.pool = m.pool and u.username = m.username
        where m.pool = ? and m.group_name = ? and u.seq > ? order by u.seq`;
      return this.#db.each<Row>(sql, pool, narrowing.name, seq);
    }
    // The column is one of two names, never a text from outside.
    const column = narrowing.by === 'email' ? 'email' : 'username';
    const sql = `select seq, record from users
      where pool = ? and seq > ? and ${column} >= ? and ${column} <= ? order by seq`;
    return this.#db.each<Row>(sql, pool, seq, narrowing.from, narrowing.to);
  }
}
