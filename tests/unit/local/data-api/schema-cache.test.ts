/** The schema cache of the Data API: read once for all requests, and never replaced by an older read. */
import { SchemaCache } from '@cognito-supabase/local/data-api/schema-cache';
import { expect, test } from 'vitest';

/** A loader whose reads end when the test decides. */
function loader() {
  const readings: { resolve(schema: string): void; reject(error: Error): void }[] = [];
  const load = () =>
    new Promise<string>((resolve, reject) => {
      readings.push({ resolve, reject });
    });
  return { readings, cache: new SchemaCache(load) };
}

test('200 requests at once share one reading', async () => {
  const { readings, cache } = loader();
  const all = Promise.all(Array.from({ length: 200 }, () => cache.read()));
  expect(readings).toHaveLength(1);
  readings[0]?.resolve('schema');
  expect(new Set(await all)).toEqual(new Set(['schema']));
  await cache.read();
  expect(readings).toHaveLength(1);
});

test('a failure is no schema, and the next request tries again', async () => {
  const { readings, cache } = loader();
  const failed = cache.read();
  readings[0]?.reject(new Error('away'));
  await expect(failed).rejects.toThrow('away');
  const next = cache.read();
  readings[1]?.resolve('schema');
  expect(await next).toBe('schema');
});

test('a reading that was overtaken does not come back', async () => {
  const { readings, cache } = loader();
  const old = cache.read();
  cache.reload();
  readings[1]?.resolve('new');
  expect(await cache.read()).toBe('new');
  readings[0]?.resolve('old');
  expect(await old).toBe('old');
  expect(cache.latest).toBe('new');
  expect(await cache.read()).toBe('new');
});
