/**
 * Connects @supabase/lite to Postgres, and corrects its differences from PostgREST. Each correction names
 * the difference. With a newer lite, check which are still needed.
 */

import { createPostgresConnection } from '@supabase/lite/postgres';
import { sql } from 'kysely';
import { ARRAY_TYPES, type ArrayTypes, CONNECTIONS, openConnections } from './connections.ts';
import { asPostgrest, type DatabaseError, SchemaUnreadableError } from './database-errors.ts';
import { defaultRows, useNamedColumns } from './default-rows.ts';
import { useJsonValues } from './json-values.ts';
import { quietly } from './quiet.ts';
import { createBeginRequest } from './request-context.ts';
import type { RoleSettings } from './role-settings.ts';
import { SchemaCache } from './schema-cache.ts';

type LiteConnection = ReturnType<typeof createPostgresConnection>;
type Schema = Awaited<ReturnType<LiteConnection['introspect']>>;

interface Known {
  readonly schema: Schema;
  readonly arrays: ArrayTypes;
}

/** Reads the catalogs as `postgres`: authenticator sees no table. */
function openCatalogs(databaseUrl: string) {
  let arrays: ArrayTypes = new Map();
  const connections = openConnections(databaseUrl, 1, () => arrays);
  const reader = createPostgresConnection({ url: databaseUrl });
  reader.kysely = connections.kysely;

  async function load(): Promise<Known> {
    const { rows } = await sql
      .raw<{ array: string; element: string }>(ARRAY_TYPES)
      .execute(connections.kysely);
    arrays = new Map(rows.map(({ array, element }) => [Number(array), Number(element)]));
    const schema = await quietly(() => reader.introspect());
    // lite answers a failure with an empty schema, as if there were no tables.
    if (schema.timezones === undefined) throw new SchemaUnreadableError('introspection failed');
    return { schema, arrays };
  }
  return { load, close: connections.close };
}

/** Requests run as `authenticator`. The schema is read as `postgres`, once for all of them. */
export function connectLite(
  authenticatorUrl: string,
  databaseUrl: string,
  roleSettings: () => RoleSettings,
) {
  const catalogs = openCatalogs(databaseUrl);
  const schema = new SchemaCache(catalogs.load);
  const known = async (): Promise<Schema> => (schema.latest ?? (await schema.read())).schema;

  const requests = createPostgresConnection({ url: authenticatorUrl });
  const connections = openConnections(
    authenticatorUrl,
    CONNECTIONS,
    () => schema.latest?.arrays ?? new Map(),
  );
  requests.kysely = connections.kysely.withPlugin(defaultRows);
  // With 'unknown' the first request would run `grant all on all tables` to every API role.
  Object.assign(requests, { rlsState: 'active' });
  // lite sets role and claims in the request's transaction, and calls no pre-request function.
  Object.assign(requests, { applyJwtSessionContext: createBeginRequest(roleSettings) });
  // The guard has waited for the announced schema.
  requests.introspect = known;
  const checkRelation = requests.onPostgrestAST.bind(requests);
  requests.onPostgrestAST = async (tree) => {
    const checked = await checkRelation(tree);
    const types = await known();
    useJsonValues(checked, types);
    useNamedColumns(checked, types);
    return checked;
  };
  const normalize = requests.normalizeDbError.bind(requests);
  requests.normalizeDbError = (error) => asPostgrest(normalize(error) as DatabaseError);
  const close = async (): Promise<void> => {
    await Promise.allSettled([connections.close(), catalogs.close()]);
  };
  return { requests, schema, close };
}
