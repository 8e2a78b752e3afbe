/**
 * What the Data API knows of tables, columns and functions: read once for all requests, and again
 * after `notify pgrst`. PostgREST calls it the schema cache and answers 503 while it cannot read it.
 * https://docs.postgrest.org/en/stable/references/schema_cache.html
 */
export class SchemaCache<Schema> {
  readonly #load: () => Promise<Schema>;
  #known: Promise<Schema> | undefined;
  #latest: Schema | undefined;

  /** @param load Rejects where the catalogs cannot be read: what is not known is not "no tables". */
  constructor(load: () => Promise<Schema>) {
    this.#load = load;
  }

  /** The schema as it was at the last announcement. Requests that come meanwhile wait for one read. */
  read(): Promise<Schema> {
    if (this.#known) return this.#known;
    const loading = this.#load();
    this.#known = loading;
    loading.then(
      (schema) => {
        // A read that was overtaken by an announcement may end after the one that came of it.
        if (this.#known === loading) this.#latest = schema;
      },
      () => {
        // The next request tries again.
        if (this.#known === loading) this.#known = undefined;
      },
    );
    return loading;
  }

  /** What was read last, for whoever has waited for `read` already. */
  get latest(): Schema | undefined {
    return this.#latest;
  }

  /** Forgets what is known and reads it again. A read that has begun before does not count any more. */
  reload(): void {
    this.#known = undefined;
    this.read().catch(() => {});
  }
}
