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

/** Attributes that can be names at sign-in, with their columns. */
const COLUMNS = {
  email: 'email',
  phone_number: 'phone',
  preferred_username: 'preferred',
  sub: 'sub',
  username: 'name',
} as const;

export type SignInAttribute = 'email' | 'phone_number' | 'preferred_username';

/** By which names the people of a pool can be found. */
export interface NameRules {
  readonly caseSensitive: boolean;
  /** Besides username and `sub`. */
  readonly attributes: readonly SignInAttribute[];
  /** Whether an address is a name only after it has been verified. */
  readonly verifiedOnly: boolean;
}

/** Narrows a list by an index; the rest of a filter looks at the records. */
export type Narrowing =
  | { readonly by: keyof typeof COLUMNS; readonly from: string; readonly to: string }
  | { readonly by: 'group'; readonly name: string };

const attributeValue = ({ Attributes }: UserRecord, name: string): string | undefined =>
  Attributes.find(({ Name }) => Name === name)?.Value;

export class Users {
  readonly #db: Database;
  readonly #pool: string;
  readonly #rules: () => NameRules;

  constructor(db: Database, pool: string, rules: () => NameRules) {
    this.#db = db;
    this.#pool = pool;
    this.#rules = rules;
  }

  /** A text as names are compared in this pool. */
  fold(text: string): string {
    return this.#rules().caseSensitive ? text : text.toLowerCase();
  }

  /** Finds a user by username, by `sub`, or by an attribute that is a name in this pool. */
  find(name: string): UserRecord | undefined {
    return this.get(name) ?? this.withSub(name) ?? this.#byAttribute(name);
  }

  /** Finds a user by username only. */
  get(username: string): UserRecord | undefined {
    return this.#allBy('username', username)[0];
  }

  /** A `sub` is never used again, so it names the same person after a username was freed. */
  withSub(sub: string): UserRecord | undefined {
    return this.#allBy('sub', sub)[0];
  }

  /** The user who can sign in with this value of an attribute. */
  withName(attribute: SignInAttribute, value: string): UserRecord | undefined {
    return this.#allBy(attribute, value).find((user) => this.isName(user, attribute));
  }

  /** Whether an attribute of a user is a name at sign-in. */
  isName(user: UserRecord, attribute: SignInAttribute): boolean {
    const { attributes, verifiedOnly } = this.#rules();
    if (!attributes.includes(attribute)) return false;
    // Such a user signs in at the other provider only.
    if (user.UserStatus === 'EXTERNAL_PROVIDER') return false;
    if (attribute === 'preferred_username' || !verifiedOnly) return true;
    return attributeValue(user, `${attribute}_verified`) === 'true';
  }

  save(user: UserRecord): void {
    const { Username } = user;
    const folded = (name: string): string | null => {
      const value = attributeValue(user, name);
      return value === undefined ? null : this.fold(value);
    };
    this.#db.run(
      `insert into users (pool, username, name, sub, email, phone, preferred, record)
       values (?, ?, ?, ?, ?, ?, ?, ?)
       on conflict (pool, username) do update set email = excluded.email, phone = excluded.phone,
         preferred = excluded.preferred, record = excluded.record`,
      this.#pool,
      Username,
      this.fold(Username),
      attributeValue(user, 'sub') ?? Username,
      folded('email'),
      folded('phone_number'),
      folded('preferred_username'),
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

  #byAttribute(name: string): UserRecord | undefined {
    for (const attribute of this.#rules().attributes) {
      const user = this.withName(attribute, name);
      if (user !== undefined) return user;
    }
    return undefined;
  }

  #allBy(name: keyof typeof COLUMNS, value: string): readonly UserRecord[] {
    // The column is one of five names, never a text from outside.
    const sql = `select record from users where pool = ? and ${COLUMNS[name]} = ? order by seq`;
    return this.#db
      .all<Row>(sql, this.#pool, this.fold(value))
      .map(({ record }) => fromText<UserRecord>(record));
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
    const column = COLUMNS[narrowing.by];
    // With the plus, SQLite takes the index of the column and not that of the place.
    const sql = `select seq, record from users
      where pool = ? and +seq > ? and ${column} >= ? and ${column} <= ? order by seq`;
    return this.#db.each<Row>(sql, pool, seq, narrowing.from, narrowing.to);
  }
}
