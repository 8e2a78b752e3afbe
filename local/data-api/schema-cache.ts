/**
 * Tables, columns and functions of the Data API, read once for all requests, and again after `notify
 * pgrst`. PostgREST calls it the schema cache, and answers 503 while it cannot be read.
 * https://docs.postgrest.org/en/stable/references/schema_cache.html
 */
export class SchemaCache<Schema> {
  readonly #load: () => Promise<Schema>;
  #known: Promise<Schema> | undefined;
  #latest: Schema | undefined;

  /** @param load Rejects if the catalogs cannot be read. An unknown schema is not an empty one. */
  constructor(load: () => Promise<Schema>) {
    this.#load = load;
  }

  /** The schema since the last announcement. Requests that come meanwhile wait for one read. */
  read(): Promise<Schema> {
    if (this.#known) return this.#known;
    const loading = this.#load();
    this.#known = loading;
    loading.then(
      (schema) => {
        // A read that began before an announcement may end after the next read.
        if (this.#known === loading) this.#latest = schema;
      },
      () => {
        // The next request tries again.
        if (this.#known === loading) this.#known = undefined;
      },
    );
    return loading;
  }

  /** The result of the last read, for callers that have waited for `read`. */
  get latest(): Schema | undefined {
    return this.#latest;
  }

  /** Discards the schema and reads it again. A read that began before no longer counts. */
  reload(): void {
    this.#known = undefined;
    this.read().catch(() => {});
  }
}
