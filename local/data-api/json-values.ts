/**
 * Turns values of a request's JSON body into text that Postgres reads. PostgREST gives the body to
 * Postgres, which refuses a value that does not fit its column with a SQLSTATE. lite converts by its own
 * rules: `"yes"` became false, and a list in a date became an error of JavaScript.
 */

/** The parts of lite's schema that tell a value's type. */
export interface KnownTypes {
  readonly columns: readonly {
    readonly schema: string;
    readonly table: string;
    readonly name: string;
    /** The type: the base type of a domain, the element type of an array. */
    readonly type: string;
    /** Name in pg_type: `_text` for `text[]`, or the name of a domain. */
    readonly pg_type?: string | undefined;
  }[];
  readonly functions?: readonly {
    readonly schema: string;
    readonly name: string;
    readonly arg_names: readonly string[];
    readonly arg_types: readonly string[];
  }[];
}

/** The parts of a request, as lite parses it, that contain values. */
export interface RequestTree {
  readonly type?: string | undefined;
  readonly schema?: string | undefined;
  readonly from?: string | undefined;
  readonly function?: string | undefined;
  readonly httpMethod?: string | undefined;
  readonly inputType?: string | undefined;
  /** Filters, by column. */
  readonly where?: object | undefined;
  values?: object | object[] | undefined;
  args?: unknown;
}

const isJson = (type: string): boolean => /^jsonb?$/.test(type);

/** A value that lite passes on unchanged and that `pg` writes by `toPostgres`. */
class PostgresText {
  readonly #value: unknown;

  /** @param value Text, or an array that becomes an array literal. */
  constructor(value: unknown) {
    this.#value = value;
  }

  toPostgres(prepare: (value: unknown) => unknown): unknown {
    return prepare(this.#value);
  }
}

const asJson = (value: unknown): string => JSON.stringify(value);

type Column = KnownTypes['columns'][number];

/** Postgres names an array type with an underscore. lite has `-` for the elements of a domain's array. */
const isArray = ({ type, pg_type = '' }: Column): boolean =>
  pg_type.startsWith('_') || type === '-';

function textFor(column: Column | undefined, value: unknown): unknown {
  if (value === null || value === undefined) return value;
  if (column && isArray(column)) {
    if (!Array.isArray(value)) return new PostgresText(value);
    return new PostgresText(isJson(column.type) ? value.map(asJson) : value);
  }
  if (isJson(column?.type ?? '')) return new PostgresText(asJson(value));
  return new PostgresText(typeof value === 'string' ? value : asJson(value));
}

function valuesOf(tree: RequestTree, { columns }: KnownTypes): object | object[] {
  const ofTable = new Map(
    columns
      .filter(({ schema, table }) => schema === (tree.schema ?? 'public') && table === tree.from)
      .map((column) => [column.name, column]),
  );
  // lite compares the key of a PUT with the address, so the key stays as it is.
  const isKey = (name: string, value: unknown): boolean =>
    tree.type === 'put' && Object.hasOwn(tree.where ?? {}, name) && typeof value !== 'object';
  const convert = (row: object): object =>
    Object.fromEntries(
      Object.entries(row).map(([name, value]) => [
        name,
        isKey(name, value) ? value : textFor(ofTable.get(name), value),
      ]),
    );
  const { values } = tree;
  return Array.isArray(values) ? values.map(convert) : convert(values ?? {});
}

/** lite takes a string for JSON text if an argument is JSON. In a JSON body it is a JSON string. */
function argsOf(tree: RequestTree, { functions = [] }: KnownTypes): unknown {
  const types = new Map<string, string>();
  for (const known of functions) {
    if (known.schema !== (tree.schema ?? 'public') || known.name !== tree.function) continue;
    known.arg_names.forEach((name, at) => {
      types.set(name, known.arg_types[at] ?? '');
    });
  }
  return Object.fromEntries(
    Object.entries(tree.args ?? {}).map(([name, value]) => [
      name,
      typeof value === 'string' && isJson(types.get(name) ?? '') ? asJson(value) : value,
    ]),
  );
}

/** Changes the values in `tree`, the request that lite has parsed. */
export function useJsonValues(tree: RequestTree, types: KnownTypes): void {
  if (tree.values !== undefined) tree.values = valuesOf(tree, types);
  const named = typeof tree.args === 'object' && tree.args !== null && !Array.isArray(tree.args);
  const fromBody = tree.httpMethod === 'POST' && tree.inputType === 'json';
  if (tree.type === 'rpc' && named && fromBody) tree.args = argsOf(tree, types);
}
