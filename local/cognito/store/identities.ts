/** Accounts at other identity providers, and the users of the pool that they sign in as. */
import type { Database } from './database.ts';

export interface Identity {
  readonly provider: string;
  /** `Cognito_Subject`, or the attribute of the provider by which an administrator linked the account. */
  readonly attribute: string;
  readonly value: string;
  readonly username: string;
  /** Milliseconds since the epoch. */
  readonly created: number;
}

const COLUMNS = 'provider, attribute, value, username, created';

export class Identities {
  readonly #db: Database;
  readonly #pool: string;

  constructor(db: Database, pool: string) {
    this.#db = db;
    this.#pool = pool;
  }

  find(provider: string, attribute: string, value: string): Identity | undefined {
    return this.#db.get<Identity>(
      `select ${COLUMNS} from identities
       where pool = ? and provider = ? and attribute = ? and value = ?`,
      this.#pool,
      provider,
      attribute,
      value,
    );
  }

  /** The attributes by which accounts of a provider are known. */
  attributesOf(provider: string): readonly string[] {
    return this.#db
      .all<Pick<Identity, 'attribute'>>(
        'select distinct attribute from identities where pool = ? and provider = ?',
        this.#pool,
        provider,
      )
      .map(({ attribute }) => attribute);
  }

  /** The oldest first. */
  ofUser(username: string): readonly Identity[] {
    return this.#db.all<Identity>(
      `select ${COLUMNS} from identities where pool = ? and username = ? order by rowid`,
      this.#pool,
      username,
    );
  }

  add({ provider, attribute, value, username, created }: Identity): void {
    this.#db.run(
      `insert into identities (pool, ${COLUMNS}) values (?, ?, ?, ?, ?, ?)`,
      this.#pool,
      provider,
      attribute,
      value,
      username,
      created,
    );
  }

  delete({ provider, attribute, value }: Identity): void {
    this.#db.run(
      `delete from identities where pool = ? and provider = ? and attribute = ? and value = ?`,
      this.#pool,
      provider,
      attribute,
      value,
    );
  }
}
