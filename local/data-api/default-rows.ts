/**
 * Rows of defaults. PostgREST writes `insert into t select from …` for objects without keys; lite writes
 * `insert into t () values ()`, which Postgres refuses with 42601. PostgREST also gives null to a column that
 * `columns=` names and an object lacks; lite leaves it to its default, and answers null.
 * https://docs.postgrest.org/en/stable/references/api/tables_views.html#insert
 */
import {
  type InsertQueryNode,
  type KyselyPlugin,
  type OnConflictNode,
  OperationNodeTransformer,
  type QueryId,
  RawNode,
  sql,
  ValuesNode,
} from 'kysely';
import type { KnownTypes } from './json-values.ts';

/** No column has a value that an update could set. PostgREST leaves the row that is there. */
function withoutUpdate(node: OnConflictNode): OnConflictNode {
  const { updates: _, updateWhere: __, ...others } = node;
  return { ...others, doNothing: true };
}

class DefaultRows extends OperationNodeTransformer {
  protected override transformInsertQuery(node: InsertQueryNode, id?: QueryId): InsertQueryNode {
    const written = super.transformInsertQuery(node, id);
    const { columns, values, onConflict, ...others } = written;
    if (columns?.length !== 0 || values === undefined || !ValuesNode.is(values)) return written;
    const rows = `select from pg_catalog.generate_series(1, ${values.values.length})`;
    return {
      ...others,
      values: RawNode.createWithSql(rows),
      ...(onConflict && { onConflict: withoutUpdate(onConflict) }),
    };
  }
}

const transformer = new DefaultRows();

/** Inserts one row of defaults for each object without keys. */
export const defaultRows: KyselyPlugin = {
  transformQuery: ({ node, queryId }) => transformer.transformNode(node, queryId),
  transformResult: async ({ result }) => result,
};

/** The parts of a request, as lite parses it, that say what a missing key means. */
export interface NamedColumns {
  readonly type?: string | undefined;
  readonly schema?: string | undefined;
  readonly from?: string | undefined;
  readonly $meta?: {
    readonly columns?: readonly string[] | undefined;
    readonly missing?: string | undefined;
  };
  values?: object | object[] | undefined;
}

/** Completes the objects of `tree`, the request that lite has parsed, where `columns=` names the columns. */
export function useNamedColumns(tree: NamedColumns, { columns }: KnownTypes): void {
  const { $meta: meta, values, schema = 'public' } = tree;
  if (!meta?.columns || values === undefined || tree.type === 'rpc') return;
  const ofTable = columns.filter((one) => one.schema === schema && one.table === tree.from);
  const known = new Set(ofTable.map(({ name }) => name));
  // lite refuses the request afterwards. So nobody makes every object as large as the address allows.
  if (!meta.columns.every((name) => known.has(name))) return;
  // Kysely writes `default` for undefined in an insert, and leaves undefined out of an update.
  const byDefault = tree.type === 'update' ? sql`default` : undefined;
  const missing = meta.missing === 'default' ? byDefault : null;
  const absent = Object.fromEntries(meta.columns.map((name) => [name, missing]));
  const complete = (row: object): object => ({ ...absent, ...row });
  tree.values = Array.isArray(values) ? values.map(complete) : complete(values);
}
