/** A model of a user pool and its readers, and the directory that it is compared with. */
import type pg from 'pg';
import { expect } from 'vitest';
import {
  attributesOf,
  type Event,
  FIELDS,
  type Field,
  type Time,
  User,
} from './directory-people.ts';

export const KINDS = [
  'sign up',
  'confirm',
  'reset password',
  'change email',
  'disable',
  'enable',
  'regroup',
  'delete',
  'move',
  'regroup',
  'regroup',
  'deliver',
  'deliver newest',
  'deliver newest',
  'begin run',
  'read page',
  'read page',
  'end run',
  'fail run',
] as const;
type Step = { kind: (typeof KINDS)[number]; pick: number };

export class World {
  readonly users: User[] = [];
  /** The order in which the pool lists users. */
  order: User[] = [];
  readonly events: Event[] = [];
  /** For each user and field, a time since which its value is known. */
  readonly floors = new Map<string, Partial<Record<Field, Time>>>();
  run: {
    id: string;
    startedAt: Time;
    position: number;
    groups: boolean;
    staged: Set<string>;
  } | null = null;
  /** Users whose deletion was reported to the directory. */
  readonly toldGone = new Set<string>();
  readonly #db: pg.Client;

  constructor(db: pg.Client) {
    this.#db = db;
  }

  async one(sql: string, values: unknown[] = []) {
    return (await this.#db.query(sql, values)).rows[0];
  }

  async now(): Promise<Time> {
    const utc = `to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
    return (await this.one(`select ${utc} as now`)).now;
  }

  async step({ kind, pick }: Step): Promise<void> {
    const user = this.order[pick % Math.max(1, this.order.length)];
    if (kind === 'sign up') return this.signUp(pick);
    if (kind === 'deliver') {
      const event = this.events[pick % Math.max(1, this.events.length)];
      return event && this.deliver(event);
    }
    if (kind === 'deliver newest') {
      const event = this.events.at(-1 - (pick % 2));
      return event && this.deliver(event);
    }
    if (kind === 'begin run') return this.begin(pick % 2 === 0);
    if (kind === 'read page') return this.readPage();
    if (kind === 'end run') return this.end();
    if (kind === 'fail run') return this.fail();
    if (user === undefined) return;
    if (kind === 'move') {
      const others = this.order.filter((other) => other !== user);
      const to = pick % (others.length + 1);
      this.order = [...others.slice(0, to), user, ...others.slice(to)];
      return;
    }
    const at = await this.now();
    if (kind === 'delete') {
      user.deletedAt = at;
      this.order = this.order.filter((other) => other !== user);
      this.events.push({ sub: user.sub, kind: 'deleted', at, attributes: null, groups: null });
      return;
    }
    if (kind === 'regroup') {
      user.change(at, {
        groups: ['admins', 'editors', 'viewers'].filter((_, i) => pick & (1 << i)),
      });
      this.events.push({
        sub: user.sub,
        kind: 'regrouped',
        at,
        attributes: null,
        groups: [...user.state.groups].reverse(),
      });
      return;
    }
    if (kind === 'confirm') user.change(at, { status: 'CONFIRMED' });
    if (kind === 'reset password') user.change(at, { status: 'RESET_REQUIRED' });
    if (kind === 'change email') user.change(at, { email: `${pick}@example.com` });
    if (kind === 'disable') user.change(at, { enabled: false });
    if (kind === 'enable') user.change(at, { enabled: true });
    this.events.push({
      sub: user.sub,
      kind: {
        confirm: 'confirmed',
        disable: 'disabled',
        enable: 'enabled',
        'change email': 'changed',
        'reset password': 'changed',
      }[kind],
      at,
      // An event of an administrator has no attributes.
      attributes: kind === 'disable' || kind === 'enable' ? null : attributesOf(user),
      groups: null,
    });
  }

  async signUp(pick: number): Promise<void> {
    const at = await this.now();
    const user = new User(`sub-${this.users.length}`, at);
    user.versions.push({
      since: at,
      state: { email: `${user.sub}@example.com`, status: 'UNCONFIRMED', enabled: true, groups: [] },
    });
    this.users.push(user);
    this.order.splice(pick % (this.order.length + 1), 0, user);
    const attributes = attributesOf(user);
    this.events.push({ sub: user.sub, kind: 'signed_up', at, attributes, groups: null });
  }

  async deliver(event: Event): Promise<void> {
    await this.one('select cognito.record_event($1, $2, $3, $4, $5)', [
      event.sub,
      event.kind,
      event.attributes,
      event.groups,
      event.at,
    ]);
    if (event.kind === 'deleted') this.toldGone.add(event.sub);
    if (event.attributes !== null) this.raise(event.sub, event.at, ['email', 'status']);
    if (['signed_up', 'enabled', 'disabled'].includes(event.kind))
      this.raise(event.sub, event.at, ['enabled']);
    if (event.groups !== null) this.raise(event.sub, event.at, ['groups']);
  }

  raise(sub: string, at: Time, fields: readonly Field[]): void {
    const floors = this.floors.get(sub) ?? {};
    for (const field of fields) if (at > (floors[field] ?? '')) floors[field] = at;
    this.floors.set(sub, floors);
  }

  async begin(groups: boolean): Promise<void> {
    if (this.run !== null) return;
    const { id } = await this.one("select cognito.begin_sync('sync') as id");
    const { at } = await this.one(
      `select to_char(started_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at
       from cognito.refresh_runs where id = $1`,
      [id],
    );
    this.run = { id, startedAt: at, position: 0, groups, staged: new Set() };
  }

  /** Pages by position, so that a user who is added, deleted or moved shifts the others. */
  async readPage(): Promise<void> {
    if (this.run === null) return;
    const page = this.order.slice(this.run.position, this.run.position + 3);
    this.run.position += 3;
    for (const user of page) await this.stage(user);
  }

  async stage(user: User): Promise<void> {
    this.run?.staged.add(user.sub);
    const { email, status, enabled, groups } = user.state;
    await this.one(
      `insert into cognito.staged_users values ($1, $2, $2, $3, true, $4, $5, $6, $7, $8, $9)`,
      [
        this.run?.id,
        user.sub,
        email,
        status,
        enabled,
        user.createdAt,
        user.updatedAt,
        { sub: user.sub, email, email_verified: 'true' },
        this.run?.groups ? groups : null,
      ],
    );
  }

  async end(): Promise<void> {
    if (this.run === null) return;
    while (this.run.position < this.order.length) await this.readPage();
    const { rows } = await this.#db.query('select cognito.missing_users($1) as sub', [this.run.id]);
    for (const { sub } of rows) {
      const user = this.order.find((candidate) => candidate.sub === sub);
      if (user) await this.stage(user);
    }
    const run = this.run;
    this.run = null;
    // Every missing person was looked up, so any number may really be gone.
    const ended = await this.one('select * from cognito.finish_sync($1, true, 1, null, true)', [
      run.id,
    ]);
    expect(ended).toMatchObject({ complete: true, error: null });
    for (const sub of run.staged)
      this.raise(sub, run.startedAt, run.groups ? FIELDS : ['email', 'status', 'enabled']);
  }

  async fail(): Promise<void> {
    if (this.run === null) return;
    const run = this.run;
    this.run = null;
    const ended = await this.one("select * from cognito.finish_sync($1, false, 1, 'it broke')", [
      run.id,
    ]);
    expect(ended).toMatchObject({ complete: false, error: 'it broke', deleted: '0' });
  }

  async directory() {
    const { rows } = await this.#db.query('select * from cognito.directory order by sub');
    return rows;
  }

  /** Invariants at every moment. */
  async check(): Promise<void> {
    for (const row of await this.directory()) {
      const user = this.users.find(({ sub }) => sub === row.sub);
      expect(user, `${row.sub} was never in the pool`).toBeDefined();
      if (user === undefined) continue;
      if (row.deleted_at !== null)
        expect(user.deletedAt, `${row.sub} was wrongly deleted`).not.toBeNull();
      if (this.toldGone.has(row.sub)) expect(row.deleted_at, `${row.sub} came back`).not.toBeNull();
      for (const field of FIELDS) {
        const floor = this.floors.get(row.sub)?.[field];
        if (floor !== undefined && user.deletedAt === null)
          expect(user.since(floor, field), `${field} of ${row.sub} is outdated`).toContainEqual(
            row[field],
          );
      }
    }
  }

  /** After a complete run over an unchanged pool, the directory equals the pool. */
  async settle(): Promise<void> {
    await this.fail();
    await this.begin(true);
    await this.end();
    const there = (await this.directory()).filter(({ deleted_at }) => deleted_at === null);
    expect(
      there.map(({ sub, email, status, enabled, groups, attributes }) => ({
        sub,
        email,
        status,
        enabled,
        groups,
        attributes,
      })),
    ).toEqual(
      [...this.order]
        .sort((a, b) => (a.sub < b.sub ? -1 : 1))
        .map(({ sub, state }) => ({
          sub,
          ...state,
          attributes: { sub, email: state.email, email_verified: 'true' },
        })),
    );
    await this.begin(true);
    for (let left = this.order.length; left > 0; left -= 3) await this.readPage();
    const again = await this.one('select * from cognito.finish_sync($1, true, 1)', [this.run?.id]);
    this.run = null;
    expect(again, 'a run over what is known writes nothing').toMatchObject({
      changed: '0',
      deleted: '0',
    });
  }
}
