/** Everything that is kept of one user pool, and the list of pools. */
import type { Database } from './database.ts';
import { Documents } from './documents.ts';
import { Identities } from './identities.ts';
import {
  type ClientRecord,
  fromText,
  type GroupRecord,
  type IdentityProviderRecord,
  type ImportJobRecord,
  type KeptRecord,
  type PoolRecord,
  type ResourceServerRecord,
  toText,
} from './records.ts';
import { SessionRows } from './session-rows.ts';
import { type NameRules, type SignInAttribute, Users } from './users.ts';

interface Row {
  readonly record: string;
}

export const listPools = (db: Database): readonly PoolRecord[] =>
  db.all<Row>('select record from pools order by rowid').map((row) => fromText(row.record));

/** The pool of an app client. */
export const poolOfClient = (db: Database, clientId: string): string | undefined =>
  db.get<{ pool: string }>('select pool from clients where id = ?', clientId)?.pool;

function nameRules(pool: PoolRecord): NameRules {
  const { UsernameAttributes = [], AliasAttributes = [] } = pool;
  return {
    // AWS's default, although its console proposes the opposite.
    caseSensitive: pool.UsernameConfiguration?.CaseSensitive ?? true,
    attributes: [...UsernameAttributes, ...AliasAttributes] as readonly SignInAttribute[],
    verifiedOnly: UsernameAttributes.length === 0,
  };
}

export class PoolStore {
  readonly id: string;
  readonly users: Users;
  readonly groups: Documents<GroupRecord>;
  readonly clients: Documents<ClientRecord>;
  readonly resourceServers: Documents<ResourceServerRecord>;
  readonly identityProviders: Documents<IdentityProviderRecord>;
  readonly identities: Identities;
  readonly importJobs: Documents<ImportJobRecord>;
  readonly keptSettings: Documents<KeptRecord>;
  readonly sessions: SessionRows;
  readonly #db: Database;
  #settings: PoolRecord;

  constructor(db: Database, settings: PoolRecord) {
    this.#db = db;
    this.#settings = settings;
    this.id = settings.Id;
    this.users = new Users(db, this.id, () => nameRules(this.#settings));
    this.groups = new Documents(db, 'groups', this.id);
    this.clients = new Documents(db, 'clients', this.id);
    this.resourceServers = new Documents(db, 'resource_servers', this.id);
    this.identityProviders = new Documents(db, 'identity_providers', this.id);
    this.identities = new Identities(db, this.id);
    this.importJobs = new Documents(db, 'import_jobs', this.id);
    this.keptSettings = new Documents(db, 'kept_settings', this.id);
    this.sessions = new SessionRows(db, this.id);
  }

  get settings(): PoolRecord {
    return this.#settings;
  }

  saveSettings(settings: PoolRecord): void {
    this.#db.run(
      `insert into pools (id, record) values (?, ?)
       on conflict (id) do update set record = excluded.record`,
      this.id,
      toText(settings),
    );
    this.#settings = settings;
  }

  /** Deletes the pool with all its users, groups, clients, sessions and keys. */
  delete(): void {
    this.#db.run('delete from pools where id = ?', this.id);
  }

  /** Runs synchronous work in one transaction. After a failure, the settings are as before too. */
  transaction<T>(work: () => T): T {
    const before = this.#settings;
    try {
      return this.#db.transaction(work);
    } catch (error) {
      this.#settings = before;
      throw error;
    }
  }
}
