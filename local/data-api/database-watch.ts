/**
 * A connection that listens to the channel `pgrst`, as PostgREST does, for changes of schema and
 * configuration. After a loss it connects again, and assumes that it has missed an announcement.
 */
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { type RoleSettings, readRoleSettings } from './role-settings.ts';

/** Between two attempts to connect again, in milliseconds. */
const RETRY = 250;

export class DatabaseWatch {
  readonly #databaseUrl: string;
  #settings: RoleSettings = { preRequest: undefined, ofRole: new Map() };
  #client: pg.Client | undefined;
  #closed = false;

  constructor(databaseUrl: string) {
    this.#databaseUrl = databaseUrl;
  }

  readonly settings = (): RoleSettings => this.#settings;

  /**
   * Connects, and stays connected until `close`.
   *
   * @param onChange Called at each announcement, and after each time the connection was lost.
   * @throws when the first connection fails.
   */
  async open(onChange: () => void): Promise<void> {
    const client = await this.#connect(onChange);
    client.once('end', () => void this.#comeBack(onChange));
  }

  async #connect(onChange: () => void): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: this.#databaseUrl });
    // Each error is followed by 'end', or rejects what is being waited for.
    client.on('error', () => {});
    client.on('notification', () => {
      onChange();
      // A failure here is a lost connection. The settings are read again after reconnecting.
      void this.#readSettings(client).catch(() => {});
    });
    try {
      await client.connect();
      await client.query('listen pgrst');
      await this.#readSettings(client);
    } catch (error) {
      void client.end().catch(() => {});
      throw error;
    }
    this.#client = client;
    return client;
  }

  async #readSettings(client: pg.Client): Promise<void> {
    this.#settings = await readRoleSettings(client);
  }

  async #comeBack(onChange: () => void): Promise<void> {
    while (!this.#closed) {
      await delay(RETRY, undefined, { ref: false });
      if (this.#closed) return;
      try {
        await this.open(onChange);
        return onChange();
      } catch {
        // The database is not back yet. Meanwhile requests get 503.
      }
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#client?.end();
  }
}
