/**
 * Runs cells of the matrix, each in a savepoint that is rolled back: as the Data API runs the persona's
 * request, or by policies only, as Realtime, Storage and SQL do. The owner reads the tables before and
 * after.
 */
import type pg from 'pg';
import { type Statement, sql } from '../support/sql.ts';
import type { Cast, Persona } from './matrix-cast.ts';
import type { Call } from './matrix-functions.ts';
import type { Operation, Row, TableScenario } from './matrix-scenario.ts';

export interface Cell {
  readonly outcome: string;
  /** Rows of others that the persona has seen or changed. Such a cell is always wrong. */
  readonly leaks: readonly string[];
}

/** Not exposed. No caller may change these rows for other people. */
const HIDDEN: Readonly<Record<string, Pick<TableScenario, 'key' | 'rows' | 'mine'>>> = {
  'cognito_supabase.trusted_clients': {
    key: ['client_id'],
    rows: () => sql`select * from cognito_supabase.trusted_clients`,
    mine: () => false,
  },
  'cognito_supabase.revoked_sessions': {
    key: ['origin_jti'],
    rows: () => sql`select * from cognito_supabase.revoked_sessions`,
    mine: () => false,
  },
  'cognito_supabase.revoked_users': {
    key: ['sub'],
    rows: () => sql`select * from cognito_supabase.revoked_users`,
    mine: (row, persona, cast) => cast.isSub(persona, row.sub),
  },
  'cognito_supabase.disabled_users': {
    key: ['sub'],
    rows: () => sql`select * from cognito_supabase.disabled_users`,
    mine: () => false,
  },
};

/** `request`: the Data API's check comes first. `policies`: there is no such check. */
export type Defence = 'request' | 'policies';

interface Attempt {
  readonly before: Operation['before'] | undefined;
  readonly persona: Persona;
  readonly statement: Statement;
  readonly defence: Defence;
}

/** Table → key → row. */
type Snapshot = ReadonlyMap<string, ReadonlyMap<string, Row>>;

interface Change {
  readonly table: string;
  readonly before: Row | undefined;
  readonly after: Row | undefined;
}

const keyOf = (row: Row, key: readonly string[]): string => key.map((name) => row[name]).join(' ');

export class Runner {
  readonly #db: pg.Client;
  readonly #cast: Cast;
  readonly #tables: Readonly<Record<string, Pick<TableScenario, 'key' | 'rows' | 'mine'>>>;
  readonly #defence: Defence;

  /** @param tables those of the scenarios that exist here. */
  constructor(
    db: pg.Client,
    cast: Cast,
    tables: Readonly<Record<string, TableScenario>>,
    defence: Defence,
  ) {
    this.#db = db;
    this.#cast = cast;
    this.#defence = defence;
    this.#tables = { ...tables, ...HIDDEN };
  }

  async table(name: string, label: string, operation: Operation, persona: Persona): Promise<Cell> {
    const statement =
      operation.statement?.(this.#cast, persona) ?? (await this.#selectGranted(name));
    // Storage and Realtime have no check of the request.
    const defence = name.startsWith('public.') ? this.#defence : 'policies';
    const attempt = { persona, before: operation.before, statement, defence };
    return this.#attempt(attempt, (result, before, after) => {
      if (label.startsWith('select')) return this.#seen(name, persona, result.rows, before);
      const changes = changesOf(before, after);
      const leaks = changes
        .filter((change) => !this.#isMine(change, persona))
        .map((change) => `changes ${describe(change)}`);
      if (label.startsWith('insert')) return { outcome: 'ok', leaks };
      const count = changes.filter((change) => change.table === name).length;
      return { outcome: this.#extent(name, persona, count, before, operation.among), leaks };
    });
  }

  async call(call: Call, persona: Persona): Promise<Cell> {
    const statement = call.statement(this.#cast, persona);
    const attempt = { persona, before: call.before, statement, defence: this.#defence };
    return this.#attempt(attempt, (result, before, after) => {
      const value: unknown = result.rows[0]?.value;
      const foreign = changesOf(before, after).filter(
        (change) =>
          !this.#isMine(change, persona) &&
          !call.admits?.(change.after ?? change.before ?? {}, this.#cast),
      );
      const told = this.#cast.secrets.filter((secret) => JSON.stringify(value)?.includes(secret));
      return {
        outcome: call.outcome?.(value, this.#cast, persona) ?? 'ok',
        leaks: [
          ...foreign.map((change) => `changes ${describe(change)}`),
          ...(call.tells?.includes(persona) ? [] : told.map((secret) => `is told ${secret}`)),
        ],
      };
    });
  }

  async #attempt(
    { persona, before, statement, defence }: Attempt,
    judge: (result: pg.QueryResult, before: Snapshot, after: Snapshot) => Cell,
  ): Promise<Cell> {
    await this.#db.query('savepoint cell');
    try {
      for (const step of this.#cast.before(persona)) await this.#db.query(step);
      for (const step of before?.(this.#cast, persona) ?? []) await this.#db.query(step);
      const claims = this.#cast.claims(persona);
      const start = await this.#snapshot();
      await this.#db.query(
        sql`select set_config('request.jwt.claims', ${JSON.stringify(claims)}, true),
          set_config('cognito_supabase.trusted', '', true),
          set_config('role', ${claims.role}, true)`,
      );
      let result: pg.QueryResult;
      try {
        if (defence === 'request') await this.#db.query('select cognito_supabase.check_request()');
        result = await this.#db.query(statement);
      } catch (error) {
        // An error undoes the statement, so there is nothing to compare.
        return { outcome: (error as pg.DatabaseError).code ?? String(error), leaks: [] };
      }
      await this.#db.query("select set_config('role', 'none', true)");
      return judge(result, start, await this.#snapshot());
    } finally {
      await this.#db.query('rollback to savepoint cell');
    }
  }

  /** Selects the granted columns, if grants are by column. */
  async #selectGranted(name: string): Promise<Statement> {
    const { rows } = await this.#db.query(
      sql`select string_agg(quote_ident(attname), ', ' order by attnum) as columns from pg_attribute
        where attrelid = ${name}::regclass and attnum > 0 and not attisdropped
          and has_column_privilege('authenticated', attrelid, attnum, 'select')`,
    );
    return { text: `select ${rows[0].columns ?? '*'} from ${name}`, values: [] };
  }

  async #snapshot(): Promise<Snapshot> {
    const snapshot = new Map<string, ReadonlyMap<string, Row>>();
    for (const [name, { key, rows }] of Object.entries(this.#tables)) {
      const found = await this.#db.query(rows(this.#cast));
      snapshot.set(name, new Map(found.rows.map((row: Row) => [keyOf(row, key), row])));
    }
    return snapshot;
  }

  #isMine({ table, before, after }: Change, persona: Persona): boolean {
    const { mine } = this.#scenario(table);
    return [before, after].every((row) => row === undefined || mine(row, persona, this.#cast));
  }

  #seen(name: string, persona: Persona, rows: readonly Row[], start: Snapshot): Cell {
    const { key, mine } = this.#scenario(name);
    const leaks = rows
      .map((row) => keyOf(row, key))
      .filter((id) => {
        const row = start.get(name)?.get(id);
        // Other rows belong to other tests, and to no persona.
        return row === undefined || !mine(row, persona, this.#cast);
      });
    return {
      outcome: this.#extent(name, persona, rows.length, start),
      leaks: leaks.map((id) => `sees ${name} ${id}`),
    };
  }

  /** The share of the persona's own rows in a number of rows. */
  #extent(
    name: string,
    persona: Persona,
    count: number,
    start: Snapshot,
    among: Operation['among'] = () => true,
  ): string {
    const { mine } = this.#scenario(name);
    const rows = [...(start.get(name)?.values() ?? [])].filter(among);
    const own = rows.filter((row) => mine(row, persona, this.#cast)).length;
    if (count === 0) return 'none';
    return count === own ? 'own' : `${count} rows of ${own}`;
  }

  #scenario(name: string) {
    const scenario = this.#tables[name];
    if (scenario === undefined) throw new Error(`no scenario for ${name}`);
    return scenario;
  }
}

function changesOf(before: Snapshot, after: Snapshot): readonly Change[] {
  return [...before.keys()].flatMap((table) => {
    const [old, now] = [before.get(table), after.get(table)];
    const keys = new Set([...(old?.keys() ?? []), ...(now?.keys() ?? [])]);
    return [...keys]
      .map((key) => ({ table, before: old?.get(key), after: now?.get(key) }))
      .filter((change) => JSON.stringify(change.before) !== JSON.stringify(change.after));
  });
}

const describe = ({ table, before, after }: Change): string =>
  `${table}: ${JSON.stringify(before)} → ${JSON.stringify(after)}`;
