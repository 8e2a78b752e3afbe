/**
 * The connections that requests share: a pool of `pg` behind lite's query builder, in place of the
 * driver that lite brings. That one (postgres.js) throws outside of any call when a connection is lost
 * while a transaction holds it, which ends the process; and it writes values by rules of its own, where
 * PostgREST lets Postgres read their text.
 */
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';

/** How many connections requests share. */
export const CONNECTIONS = 16;
/** PostgREST's `db-pool-acquisition-timeout`, in milliseconds. */
const ACQUISITION_TIMEOUT = 10_000;
/** PostgREST's `db-pool-max-idletime`, in milliseconds. */
const IDLE_TIMEOUT = 30_000;

type Parse = (text: string) => unknown;

/** A number of JavaScript keeps this many digits of a decimal. */
const EXACT_DIGITS = 15;

/** A number where no digit is lost by it, otherwise the text. */
const exactNumber: Parse = (text) => {
  const digits = text.replace(/^-?0*\.?0*|\./g, '').length;
  return Number.isFinite(Number(text)) && digits <= EXACT_DIGITS ? Number(text) : text;
};

const jsonNumber: Parse = (text) => (Number.isFinite(Number(text)) ? Number(text) : text);

/** lite's writer of JSON takes a bigint, so no digit is lost on the way there. */
const wholeNumber: Parse = (text) =>
  Number.isSafeInteger(Number(text)) ? Number(text) : BigInt(text);

/** `2026-11-21 09:29:54.3+00` → `2026-11-21T09:29:54.3+00:00`, as Postgres writes it into JSON. */
const isoTimestamp: Parse = (text) => text.replace(' ', 'T').replace(/([+-]\d{2})$/, '$1:00');

const {
  BOOL,
  FLOAT4,
  FLOAT8,
  INT2,
  INT4,
  INT8,
  JSON: JSON_,
  JSONB,
  NUMERIC,
  OID,
} = pg.types.builtins;
const { TIMESTAMP, TIMESTAMPTZ } = pg.types.builtins;

/** Readers of what is no text in JSON, by the type's oid. */
const PARSERS: ReadonlyMap<number, Parse> = new Map<number, Parse>([
  [BOOL, (text) => text === 't'],
  [INT2, Number],
  [INT4, Number],
  [OID, Number],
  [INT8, wholeNumber],
  [FLOAT4, jsonNumber],
  [FLOAT8, jsonNumber],
  [NUMERIC, exactNumber],
  [JSON_, JSON.parse],
  [JSONB, JSON.parse],
  [TIMESTAMP, isoTimestamp],
  [TIMESTAMPTZ, isoTimestamp],
]);

const asItIs: Parse = (text) => text;

/** Oids of array types, with the oid of what is in them. */
export type ArrayTypes = ReadonlyMap<number, number>;

/** Every array type of the database, also of types that a migration has made. */
export const ARRAY_TYPES = `
  select oid::int8::text as array, typelem::int8::text as element
  from pg_catalog.pg_type where typcategory = 'A' and typelem <> 0`;

function parserOf(oid: number, arrays: ArrayTypes): Parse {
  const element = arrays.get(oid);
  if (element === undefined) return PARSERS.get(oid) ?? asItIs;
  const parse = PARSERS.get(element) ?? asItIs;
  // The published type of arrayParser is that of another version.
  const { create } = pg.types.arrayParser as unknown as {
    create(text: string, parse: Parse): { parse(): unknown };
  };
  return (text) => create(text, parse).parse();
}

export interface Connections {
  readonly kysely: Kysely<unknown>;
  /** Ends all of them at once, also those in the middle of a request. */
  close(): Promise<void>;
}

/**
 * @param url Connects as this user, and to this database.
 * @param max How many at most; who wants one more waits up to 10 s.
 * @param arrays Array types as they are known at the moment.
 */
export function openConnections(
  url: string,
  max: number,
  arrays: () => ArrayTypes = () => new Map(),
): Connections {
  const open = new Set<pg.Client>();
  const pool = new pg.Pool({
    connectionString: url,
    max,
    options: '-c TimeZone=UTC',
    connectionTimeoutMillis: ACQUISITION_TIMEOUT,
    idleTimeoutMillis: IDLE_TIMEOUT,
    types: { getTypeParser: (oid: number) => parserOf(oid, arrays()) },
  });
  pool.on('connect', (connected) => {
    const client = connected as unknown as pg.Client;
    open.add(client);
    // Lost in the middle of a request: what waits for it is rejected, and the pool drops it.
    client.on('error', () => {});
  });
  pool.on('remove', (client) => open.delete(client as unknown as pg.Client));
  // Lost while nobody uses it.
  pool.on('error', () => {});
  return {
    kysely: new Kysely({ dialect: new PostgresDialect({ pool }) }),
    async close() {
      const ended = pool.end();
      for (const client of open) void client.end().catch(() => {});
      await ended;
    },
  };
}
