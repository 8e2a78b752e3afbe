/** Two or more requests at once, each in its own transaction, as in the Data API. */
import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import { type Statement, sql } from '../support/sql.ts';
import {
  beginAs,
  countWaiting,
  type Finish,
  type Racer,
  type TrustedClient,
  tried,
  trustedClient,
} from './callers.ts';

export { type Racer, SERVICE } from './callers.ts';

export interface Request {
  readonly who: Racer;
  readonly statement: Statement;
}

/** People and workspaces of this run have this mark, and are deleted at its end. */
export const MARK = `race-${randomUUID()}`;

export const newRacer = (email?: string): Racer => ({
  sub: `${MARK}-${randomUUID()}`,
  ...(email && { email }),
});

export class Track {
  /** Owner of the database: prepares a race, and checks its result. */
  readonly owner: pg.Client;
  readonly #lanes: readonly pg.Client[];
  #trusted: TrustedClient = { issuer: '', client_id: '' };

  constructor(connectionString: string, lanes: number) {
    this.owner = new pg.Client({ connectionString });
    this.#lanes = Array.from({ length: lanes }, () => new pg.Client({ connectionString }));
  }

  async open(): Promise<void> {
    await Promise.all([this.owner, ...this.#lanes].map((client) => client.connect()));
    this.#trusted = await trustedClient(this.owner);
  }

  async close(): Promise<void> {
    await this.owner.query(sql`delete from public.workspaces where name = ${MARK}`);
    await this.owner.query(sql`delete from public.app_users where cognito_sub like ${`${MARK}%`}`);
    await Promise.all([this.owner, ...this.#lanes].map((client) => client.end()));
  }

  /** One request. */
  async request(who: Racer, statement: Statement): Promise<Finish> {
    const [finish] = await this.race([{ who, statement }]);
    return finish as Finish;
  }

  /**
   * Requests at once. In every other round the first one keeps its transaction open until all others wait
   * for it or are done, so that they overlap. In the other rounds they run freely.
   */
  async race(requests: readonly Request[], round = 1): Promise<readonly Finish[]> {
    const lanes = this.#lanes.slice(0, requests.length);
    await Promise.all(
      lanes.map((lane, at) => beginAs(lane, (requests[at] as Request).who, this.#trusted)),
    );
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

  async #end(lane: pg.Client, finish: Finish): Promise<Finish> {
    await lane.query(finish.outcome === 'ok' ? 'commit' : 'rollback');
    return finish;
  }

  /** Returns when each of the others has finished or waits for a lock. */
  async #untilWaiting(following: readonly Promise<unknown>[], lanes: readonly pg.Client[]) {
    let finished = 0;
    for (const each of following) void each.then(() => (finished += 1));
    for (;;) {
      if ((await countWaiting(this.owner, lanes)) + finished >= lanes.length) return;
      await setTimeout(1);
    }
  }
}
