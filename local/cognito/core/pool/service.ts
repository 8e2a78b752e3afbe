/** All user pools of the emulator. They share its file, its mailbox and its port. */
import { decodeJwt } from 'jose/jwt/decode';
import type { Mailbox } from '../../mail/mailbox.ts';
import type { Database } from '../../store/database.ts';
import { Documents } from '../../store/documents.ts';
import { listPools, PoolStore, poolOfClient } from '../../store/pool-store.ts';
import type { PoolRecord } from '../../store/records.ts';
import { type LambdaFunctions, Triggers } from '../../triggers/triggers.ts';
import { notFound } from '../errors.ts';
import { Challenges } from '../sign-in/challenges.ts';
import { Lockouts } from '../sign-in/lockouts.ts';
import { KeyRing, type StoredKey } from '../tokens/keys.ts';
import { Sessions } from '../tokens/sessions.ts';
import { Tokens } from '../tokens/tokens.ts';
import { runPending } from '../users/import-jobs.ts';
import type { Pool } from './pool.ts';
import { RequestRates } from './request-rates.ts';

export interface ServiceSettings {
  readonly db: Database;
  readonly region: string;
  /** Such as `http://127.0.0.1:54323`. The issuer of a pool is below it. */
  readonly endpoint: string;
  readonly mailbox: Mailbox;
  readonly functions: LambdaFunctions;
  /** Issuers that stand in for social providers, by type. */
  readonly socialIssuers: ReadonlyMap<string, string>;
  /** Whether failed passwords lock a user out. */
  readonly lockout: boolean;
  /** Whether operations are refused above AWS's request rates. */
  readonly requestRates: boolean;
  /** How long ListUsers does not show a new user, in ms. */
  readonly listingDelay: number;
}

export class Service {
  readonly settings: ServiceSettings;
  readonly rates: RequestRates;
  readonly #pools = new Map<string, Pool>();

  private constructor(settings: ServiceSettings) {
    this.settings = settings;
    this.rates = new RequestRates(settings.requestRates);
  }

  /** Opens all pools of the file. */
  static async open(settings: ServiceSettings): Promise<Service> {
    const service = new Service(settings);
    await Promise.all(
      listPools(settings.db).map(async (record) => runPending(await service.#open(record))),
    );
    return service;
  }

  /** Makes a pool with its signing keys. */
  async create(record: PoolRecord): Promise<Pool> {
    new PoolStore(this.settings.db, record).saveSettings(record);
    return this.#open(record);
  }

  delete(id: string): void {
    this.pool(id).store.delete();
    this.#pools.delete(id);
  }

  all(): readonly Pool[] {
    return [...this.#pools.values()];
  }

  find(id: string): Pool | undefined {
    return this.#pools.get(id);
  }

  /** @throws CognitoError `ResourceNotFoundException` */
  pool(id: string): Pool {
    const pool = this.#pools.get(id);
    if (pool === undefined) throw notFound(`User pool ${id} does not exist.`);
    return pool;
  }

  /** @throws CognitoError `ResourceNotFoundException` */
  poolOfClient(clientId: string): Pool {
    const id = poolOfClient(this.settings.db, clientId);
    if (id === undefined) throw notFound(`User pool client ${clientId} does not exist.`);
    return this.pool(id);
  }

  /** The pool that a token names as its issuer. The token is not verified. */
  poolOfToken(token: string): Pool | undefined {
    try {
      return this.find(decodeJwt(token).iss?.split('/').at(-1) ?? '');
    } catch {
      return undefined;
    }
  }

  async #open(record: PoolRecord): Promise<Pool> {
    const { db, region, endpoint, mailbox, functions, listingDelay } = this.settings;
    const store = new PoolStore(db, record);
    const keys = await KeyRing.open(new Documents<StoredKey>(db, 'keys', store.id));
    const sessions = new Sessions(store.sessions);
    const issuer = `${endpoint}/${store.id}`;
    const tokens = new Tokens({ issuer, region, store, keys, sessions, functions });
    const triggers = new Triggers(store, region, functions);
    const challenges = new Challenges();
    const lockouts = new Lockouts(this.settings.lockout);
    const { id, users } = store;
    const state = { store, users, keys, sessions, tokens, challenges, lockouts };
    const pool = { id, region, issuer, listingDelay, ...state, mailbox, triggers };
    this.#pools.set(id, pool);
    return pool;
  }
}
