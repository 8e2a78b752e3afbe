/** Two or more requests at once, each in a transaction of its own as the Data API makes it. */
import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import { type Statement, sql } from '../support/sql.ts';

/** A person of the race; `email` is a verified address in their token. */
export interface Racer {
  readonly sub: string;
  readonly email?: string;
}

/** The service key: no person. */
export const SERVICE: Racer = { sub: '' };

export interface Request {
  readonly who: Racer;
  readonly statement: Statement;
}

/** `ok` or the SQLSTATE, and the first column of the first row. */
export interface Finish {
  readonly outcome: string;
  readonly value: unknown;
  readonly rows: number;
}

/** People and workspaces of this run carry this mark, and go at its end. */
export const MARK = `race-${randomUUID()}`;

export const newRacer = (email?: string): Racer => ({
  sub: `${MARK}-${randomUUID()}`,
  ...(email && { email }),
});

export class Track {
  /** Owner of the database: makes what is raced for, and looks at what became of it. */
  readonly owner: pg.Client;
  readonly #lanes: readonly pg.Client[];
  #client: { readonly issuer: string; readonly client_id: string } = { issuer: '', client_id: '' };

  constructor(connectionString: string, lanes: number) {
    this.owner = new pg.Client({ connectionString });
    this.#lanes = Array.from({ length: lanes }, () => new pg.Client({ connectionString }));
  }

  async open(): Promise<void> {
    await Promise.all([this.owner, ...this.#lanes].map((client) => client.connect()));
    const { rows } = await this.owner.query(
      "select issuer, client_id from private.trusted_clients where kind = 'people' limit 1",
    );
    if (rows[0] === undefined) throw new Error('trust an app client first: private.set_trust()');
    this.#client = rows[0];
  }

  async close(): Promise<void> {
    await this.owner.query(sql`delete from public.workspaces where name = ${MARK}`);
    await this.owner.query(sql`delete from public.app_users where cognito_sub like ${`${MARK}%`}`);
    await Promise.all([this.owner, ...this.#lanes].map((client) => client.end()));
  }

  /** One request alone. */
  async request(who: Racer, statement: Statement): Promise<Finish> {
    const [finish] = await this.race([{ who, statement }]);
    return finish as Finish;
  }

  /**
   * Requests at once. In every other round the first one keeps its transaction open until all others
   * wait for it or are done, so that they surely overlap; in the rest they run as they like.
   */
  async race(requests: readonly Request[], round = 1): Promise<readonly Finish[]> {
    const lanes = this.#lanes.slice(0, requests.length);
    await Promise.all(lanes.map((lane, at) => this.#begin(lane, (requests[at] as Request).who)));
    const run = async (at: number): Promise<Finish> =>
      tried(lanes[at] as pg.Client, (requests[at] as Request).statement);
    if (round % 2 === 1) {
      return Promise.all(
        lanes.map(async (lane, at) => {
          const finish = await run(at);
          return this.#end(lane, finish);
        }),
      );
    }
    const [first, ...others] = lanes;
    const leading = await run(0);
    const following = others.map(async (lane, at) => this.#end(lane, await run(at + 1)));
    await this.#untilWaiting(following, others);
    return Promise.all([this.#end(first as pg.Client, leading), ...following]);
  }

  async #begin(lane: pg.Client, who: Racer): Promise<void> {
    const claims = who === SERVICE ? { role: 'service_role' } : this.#claims(who);
    await lane.query('begin');
    await lane.query(
      sql`select set_config('request.jwt.claims', ${JSON.stringify(claims)}, true),
        set_config('role', ${claims.role}, true)`,
    );
  }

  #claims({ sub, email }: Racer) {
    return {
      sub,
      ...(email && { email }),
      role: 'authenticated',
      token_use: 'access',
      iss: this.#client.issuer,
      client_id: this.#client.client_id,
      origin_jti: sub,
      auth_time: Math.floor(Date.now() / 1000),
    };
  }

  async #end(lane: pg.Client, finish: Finish): Promise<Finish> {
    await lane.query(finish.outcome === 'ok' ? 'commit' : 'rollback');
    return finish;
  }

  /** Returns when each of the others has finished, or stands in a lock's queue. */
  async #untilWaiting(following: readonly Promise<unknown>[], lanes: readonly pg.Client[]) {
    let finished = 0;
    for (const each of following) void each.then(() => (finished += 1));
    const pids = lanes.map((lane) => (lane as pg.Client & { processID: number }).processID);
    for (;;) {
      const { rows } = await this.owner.query(
        sql`select count(*)::int as waiting from unnest(${pids}::int[]) as pid
          where cardinality(pg_blocking_pids(pid)) > 0`,
      );
      if (rows[0].waiting + finished >= lanes.length) return;
      await setTimeout(1);
    }
  }
}

async function tried(lane: pg.Client, statement: Statement): Promise<Finish> {
  try {
    const { rows, rowCount } = await lane.query(statement);
    return { outcome: 'ok', value: Object.values(rows[0] ?? {})[0], rows: rowCount ?? 0 };
  } catch (error) {
    const { code } = error as pg.DatabaseError;
    return { outcome: code ?? String(error), value: undefined, rows: 0 };
  }
}
