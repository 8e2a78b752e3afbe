/**
 * Measures requests as PostgREST makes them: a transaction with role and claims, the check of the
 * request, and an answer that Postgres builds as JSON. Each side is measured in turns with the same query
 * without row-level security.
 */
import type pg from 'pg';
import type { Form, Scenario, Side } from './scenarios.ts';

/** One request longer than this is cancelled. The platform's own limit is 8 s. */
export const CAP_MS = 60_000;
/** A side has fewer rounds if all of them would take longer than this; ours never fewer than LEAST. */
const SLOW_BUDGET_MS = 8_000;
const LEAST_ROUNDS = 200;
/** Warm up the caches. */
const SLOW_MS = 2_000;
const WARM_UP = 10;

/** Medians, and their ratios to those without row-level security in the same rounds. */
export interface Measured {
  readonly form: Form;
  /** 0 if a request took longer than the limit. Then there are no times. */
  readonly rounds: number;
  /** The whole request from begin to commit, measured at the client. */
  readonly requestMs?: number;
  readonly requestRatio?: number;
  /** The same for the 10th percentiles, the rounds with the least other load. */
  readonly calmRatio?: number;
  /** The query alone, its round trip included. */
  readonly queryMs?: number;
  readonly queryRatio?: number;
}

/** The result of the first side. All sides must have the same. */
interface Answer {
  found?: string;
}

interface Times {
  readonly request: number;
  readonly query: number;
}

const SETTINGS = `select set_config('search_path', '"public", "extensions"', true),
  set_config('role', $1, true), set_config('request.jwt.claims', $2, true),
  set_config('request.method', 'GET', true), set_config('request.path', '/tasks', true),
  set_config('request.headers', '{"accept": "*/*", "host": "localhost"}', true),
  set_config('request.cookies', '{}', true)`;

const asJson = (sql: string): string => `with pgrst_source as (${sql})
  select null::bigint as total_result_set, pg_catalog.count(_postgrest_t) as page_total,
    coalesce(json_agg(_postgrest_t), '[]') as body,
    nullif(current_setting('response.headers', true), '') as response_headers,
    nullif(current_setting('response.status', true), '') as response_status
  from (select * from pgrst_source) as _postgrest_t`;

/** The quantile of the values. */
function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN;
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

const isCancelled = (error: unknown): boolean => (error as { code?: string }).code === '57014';

export class Meter {
  readonly #client: pg.Client;
  readonly #claims: string;

  constructor(client: pg.Client, claims: string) {
    this.#client = client;
    this.#claims = claims;
  }

  /** One request; undefined if it was cancelled. It checks that the rows are the same. */
  async #request(side: Side, name: string, answer: Answer): Promise<Times | undefined> {
    const client = this.#client;
    const began = performance.now();
    await client.query('begin isolation level read committed read only');
    await client.query({ name: 'settings', text: SETTINGS, values: [side.role, this.#claims] });
    // The setting db-pre-request of the Data API. Other policies are measured without a check, as usual.
    if (side.role === 'authenticated') {
      await client.query({ name: 'check', text: 'select cognito_supabase.check_request()' });
    }
    const asked = performance.now();
    try {
      const { rows } = await client.query({
        ...(side.prepared && { name }),
        text: asJson(side.sql),
        values: [...side.values],
        // The client's parsing of JSON is not part of the measurement.
        types: { getTypeParser: () => String },
      });
      const answered = performance.now();
      await client.query('commit');
      const done = performance.now();
      const { page_total: count, body } = rows[0];
      // The order of rows may differ, but not their total length.
      const found = `${count} rows, ${body.length} characters`;
      answer.found ??= found;
      if (found !== answer.found || body === '[]') {
        throw new Error(`${name}: ${found}, where the others have ${answer.found}`);
      }
      return { request: done - began, query: answered - asked };
    } catch (error) {
      await client.query('rollback');
      if (isCancelled(error)) return undefined;
      throw error;
    }
  }

  /** A, B, A, B, so that other load affects both. */
  async #pair(scenario: string, pair: readonly Side[], rounds: number, answer: Answer) {
    const times = pair.map((): Times[] => []);
    for (let round = 0; round < rounds; round += 1) {
      for (const [at, side] of pair.entries()) {
        const taken = await this.#request(side, `${scenario}: ${side.form}`, answer);
        if (taken) times[at]?.push(taken);
      }
    }
    return times;
  }

  /** Number of rounds for a side; 0 if it takes longer than the limit. */
  async #roundsFor(scenario: string, side: Side, rounds: number, answer: Answer): Promise<number> {
    const cold = await this.#request(side, `${scenario}: ${side.form}`, answer);
    if (cold === undefined) return 0;
    const warm =
      cold.request > SLOW_MS
        ? cold
        : await this.#request(side, `${scenario}: ${side.form}`, answer);
    const fitting = Math.floor(SLOW_BUDGET_MS / (warm ?? cold).request);
    return Math.min(rounds, Math.max(side.form === 'ours' ? LEAST_ROUNDS : 3, fitting));
  }

  /** Measures every side of a scenario against the same query without row-level security. */
  async measure({ name, sides }: Scenario, rounds: number): Promise<readonly Measured[]> {
    const answer: Answer = {};
    const sideOf = (form: Form): Side => sides.find((side) => side.form === form) as Side;
    const measured: Measured[] = [];
    for (const side of sides.filter(({ form }) => form !== 'none' && form !== 'noneAnew')) {
      const none = sideOf(side.prepared ? 'none' : 'noneAnew');
      const possible = await this.#roundsFor(name, side, rounds, answer);
      if (possible === rounds) await this.#pair(name, [none, side], WARM_UP, answer);
      const [without = [], own = []] = await this.#pair(name, [none, side], possible, answer);
      measured.push(summary(side.form, own, without));
      if (side.form === 'ours' || side.form === 'oursAnew') {
        measured.push(summary(none.form, without, without));
      }
    }
    return measured;
  }
}

function summary(form: Form, own: readonly Times[], none: readonly Times[]): Measured {
  if (own.length === 0) return { form, rounds: 0 };
  const of = (times: readonly Times[], what: keyof Times, share = 0.5): number =>
    quantile(
      times.map((one) => one[what]),
      share,
    );
  return {
    form,
    rounds: own.length,
    requestMs: of(own, 'request'),
    requestRatio: of(own, 'request') / of(none, 'request'),
    calmRatio: of(own, 'request', 0.1) / of(none, 'request', 0.1),
    queryMs: of(own, 'query'),
    queryRatio: of(own, 'query') / of(none, 'query'),
  };
}
