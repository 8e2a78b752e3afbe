/**
 * The connections that requests share: a pool of `pg` behind lite's query builder, in place of lite's own
 * driver (postgres.js). That driver throws outside of any call when a connection is lost during a
 * transaction, which ends the process. It also converts values by its own rules, while PostgREST lets
 * Postgres read their text.
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

/** Decimal digits that a JavaScript number keeps. */
const EXACT_DIGITS = 15;

/** A number if no digit is lost, otherwise the text. */
const exactNumber: Parse = (text) => {
  const digits = text.replace(/^-?0*\.?0*|\./g, '').length;
  return Number.isFinite(Number(text)) && digits <= EXACT_DIGITS ? Number(text) : text;
};

const jsonNumber: Parse = (text) => (Number.isFinite(Number(text)) ? Number(text) : text);

/** lite writes a bigint into JSON without losing digits. */
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

/** Parsers of types that are not strings in JSON, by the type's oid. */
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

/** Oid of an array type → oid of its elements. */
export type ArrayTypes = ReadonlyMap<number, number>;

/** Every array type of the database, including types from migrations. */
export const ARRAY_TYPES = `
  select oid::int8::text as array, typelem::int8::text as element
  from pg_catalog.pg_type where typcategory = 'A' and typelem <> 0`;

function parserOf(oid: number, arrays: ArrayTypes): Parse {
  const element = arrays.get(oid);
  if (element === undefined) return PARSERS.get(oid) ?? asItIs;
  const parse = PARSERS.get(element) ?? asItIs;
  // The published type of arrayParser belongs to another version.
  const { create } = pg.types.arrayParser as unknown as {
    create(text: string, parse: Parse): { parse(): unknown };
  };
  return (text) => create(text, parse).parse();
}

export interface Connections {
  readonly kysely: Kysely<unknown>;
  /** Ends all connections at once, also during a request. */
  close(): Promise<void>;
}

/**
 * @param url Connects as this user, and to this database.
 * @param max Maximum number of connections. A request for one more waits up to 10 s.
 * @param arrays The array types that are known at the moment.
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
    // Lost during a request: the pending query is rejected, and the pool drops the connection.
    client.on('error', () => {});
  });
  pool.on('remove', (client) => open.delete(client as unknown as pg.Client));
  // Lost while it is idle.
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
