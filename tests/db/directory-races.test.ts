/**
 * A run, an event and forgetting of the same person at once: there is one result, and nobody comes back.
 */
import { setTimeout } from 'node:timers/promises';
import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  connectTo,
  FakePool,
  type OwnStack,
  ownStack,
  present,
  refresh,
} from './directory-fixtures.ts';

const pool = new FakePool();
let stack: OwnStack;
let other: pg.Client;

beforeAll(async () => {
  await pool.listen();
  stack = await ownStack();
  await connectTo(stack.db, pool.endpoint);
  other = await stack.connect();
});
afterAll(async () => {
  await other.end();
  await stack.stop();
  await pool.close();
});
beforeEach(async () => {
  pool.beforePage = () => {};
  await stack.db.query(
    'truncate cognito.directory, cognito.directory_history, cognito.refresh_runs, cognito.forgotten',
  );
  pool.fill(210);
});

/** Returns when the session waits for a lock. */
async function untilWaiting(session: pg.Client, watch: pg.Client): Promise<void> {
  const { processID } = session as pg.Client & { processID: number };
  for (;;) {
    const { rows } = await watch.query('select cardinality(pg_blocking_pids($1)) as n', [
      processID,
    ]);
    if (rows[0].n > 0) return;
    await setTimeout(5);
  }
}

test('a person who is forgotten during a refresh is deleted afterwards, and both complete', async () => {
  await refresh(stack.db);
  const watch = await stack.connect();
  let forgotten: Promise<unknown> | undefined;
  pool.beforePage = async (page) => {
    if (page !== 3 || forgotten) return;
    forgotten = other.query("select cognito.forget('sub-user-0001')");
    await untilWaiting(other, watch);
  };
  expect(await refresh(stack.db)).toMatchObject({ complete: true, error: null });
  await forgotten;
  await watch.end();
  expect(await present(stack.db)).not.toContain('user-0001');
  expect(await refresh(stack.db)).toMatchObject({ complete: true, deleted: '0' });
  expect(await present(stack.db)).toHaveLength(209);
});

test('an event that waits for a forgetting does not bring the person back', async () => {
  await refresh(stack.db);
  const sub = 'sub-user-0001';
  await stack.db.query('begin');
  await stack.db.query('select cognito.forget($1)', [sub]);
  const watch = await stack.connect();
  const told = other.query('select cognito.record_event($1, $2, $3) as news', [
    sub,
    'signed_in',
    { email: 'back@example.com' },
  ]);
  await untilWaiting(other, watch);
  await stack.db.query('commit');
  expect((await told).rows).toEqual([{ news: false }]);
  await watch.end();
  expect(await present(stack.db)).not.toContain('user-0001');
});

test('a reader of the staging, such as a dump, holds up no refresh', async () => {
  await other.query('begin');
  await other.query('lock table cognito.staged_users in access share mode');
  await stack.db.query("set lock_timeout = '5s'");
  try {
    expect(await refresh(stack.db)).toMatchObject({ complete: true, error: null });
  } finally {
    await stack.db.query('reset lock_timeout');
    await other.query('rollback');
  }
});
