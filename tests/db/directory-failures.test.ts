/** A failed refresh loses nothing, deletes nobody and reports the error, and the next one completes. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  afterTheWait,
  connectTo,
  FakePool,
  type Fault,
  fakeUser,
  type OwnStack,
  ownStack,
  present,
  refresh,
} from './directory-fixtures.ts';

/** Four pages: 60, 60, 60, 30. */
const USERS = 210;
const pool = new FakePool();
let stack: OwnStack;

const usernames = () => pool.users.map(({ username }) => username).sort();

beforeAll(async () => {
  await pool.listen();
  stack = await ownStack();
  await connectTo(stack.db, pool.endpoint);
});
afterAll(async () => {
  await stack.stop();
  await pool.close();
});
beforeEach(async () => {
  pool.faults.clear();
  pool.beforePage = () => {};
  await stack.db.query(
    'truncate cognito.directory, cognito.directory_history, cognito.refresh_runs',
  );
  pool.fill(USERS);
});

const clean = { complete: true, error: null };

test('a first refresh has everybody, and a second changes nothing', async () => {
  expect(await refresh(stack.db)).toMatchObject({
    ...clean,
    pages: 4,
    seen: '210',
    changed: '210',
    deleted: '0',
  });
  expect(await present(stack.db)).toEqual(usernames());
  expect(await refresh(stack.db)).toMatchObject({ ...clean, seen: '210', changed: '0' });
});

// The stand-in for the wrapper writes its reason to the log. Postgres gets only its exit code.
test.each<Fault>(['dies', 'answers 400', 'throttles', 'is malformed'])(
  'the endpoint %s on page 3',
  async (fault) => {
    await refresh(stack.db);
    pool.find('user-0001').email = 'changed@example.com';
    pool.find('user-0200').email = 'later@example.com';
    pool.users = pool.users.filter(({ username }) => username !== 'user-0002');
    const before = await present(stack.db);
    pool.faults.set(3, fault);

    const run = await refresh(stack.db);
    expect(run).toMatchObject({ complete: false, deleted: '0', pages: 2, seen: '120' });
    // The stand-in has its exit code, the real wrapper the name of the error.
    expect(run.error).toMatch(
      /child process exited with exit code 4$|unhandled error|http|request/i,
    );
    expect(await present(stack.db)).toEqual(before);
    // The rows before the error are kept.
    expect(run.changed).toBe('1');

    pool.faults.clear();
    expect(await refresh(stack.db)).toMatchObject({
      ...clean,
      changed: '1',
      deleted: '0',
      missing: '1',
    });
    await afterTheWait(stack.db);
    expect(await refresh(stack.db)).toMatchObject({ ...clean, deleted: '1', missing: '0' });
    expect(await present(stack.db)).toEqual(usernames());
  },
);

test('a pool of 45,000 whose endpoint dies on page 700', async () => {
  pool.fill(45_000);
  pool.faults.set(700, 'dies');
  expect(await refresh(stack.db)).toMatchObject({
    complete: false,
    pages: 699,
    seen: '41940',
    changed: '41940',
    deleted: '0',
    error: expect.stringMatching(/failed|unhandled error|http|request/i),
  });
  pool.faults.clear();
  expect(await refresh(stack.db)).toMatchObject({ ...clean, changed: '3060', deleted: '0' });
});

test('an endpoint that is not there at all', async () => {
  await refresh(stack.db);
  pool.faults.set(1, 'dies');
  expect(await refresh(stack.db)).toMatchObject({ complete: false, seen: '0', deleted: '0' });
  expect(await present(stack.db)).toHaveLength(USERS);
});

test('a page that comes twice: missing people are looked up again', async () => {
  await refresh(stack.db);
  pool.faults.set(3, 'repeats');
  // The second pass gets correct answers.
  pool.beforePage = (page) => {
    if (page === 4) pool.faults.clear();
  };
  expect(await refresh(stack.db)).toMatchObject({ ...clean, pages: 8, seen: '210', deleted: '0' });
  expect(await present(stack.db)).toEqual(usernames());
});

test('a user who changes pages during the walk is neither lost nor deleted', async () => {
  await refresh(stack.db);
  let moved = false;
  pool.beforePage = (page) => {
    if (page !== 3 || moved) return;
    moved = true;
    // From page 4, which is not read yet, to the front, so everybody else shifts by one.
    const late = pool.find('user-0205');
    pool.users = [late, ...pool.users.filter((user) => user !== late)];
    late.email = 'moved@example.com';
    late.updatedAt = Date.now() / 1000;
  };
  expect(await refresh(stack.db)).toMatchObject({
    ...clean,
    seen: '210',
    deleted: '0',
    changed: '1',
  });
  expect(await present(stack.db)).toEqual(usernames());
});

test('without the second pass, a page change hides a person for one run, and nobody is deleted', async () => {
  await refresh(stack.db);
  await stack.db.query('update cognito.directory_settings set confirm_deletes = false');
  let moved = false;
  pool.beforePage = (page) => {
    if (page !== 3 || moved) return;
    moved = true;
    const late = pool.find('user-0205');
    pool.users = [late, ...pool.users.filter((user) => user !== late)];
  };
  expect(await refresh(stack.db)).toMatchObject({ deleted: '0', missing: '1' });
  expect(await refresh(stack.db)).toMatchObject({ ...clean, changed: '1', missing: '0' });
  expect(await present(stack.db)).toEqual(usernames());
  await stack.db.query('update cognito.directory_settings set confirm_deletes = true');
});

describe('a scan that ends quietly before its end', () => {
  test('marks nobody as deleted, however often it happens in a short time', async () => {
    await refresh(stack.db);
    pool.faults.set(4, 'is empty');
    for (let time = 0; time < 3; time += 1) {
      const run = await refresh(stack.db, true);
      expect(run).toMatchObject({ ...clean, deleted: '0', missing: '30' });
    }
    expect(await present(stack.db)).toEqual(usernames());
    pool.faults.clear();
    expect(await refresh(stack.db)).toMatchObject({ ...clean, deleted: '0', missing: '0' });
    // A person who was found again does not count as missing.
    pool.faults.set(4, 'is empty');
    await afterTheWait(stack.db);
    expect(await refresh(stack.db, true)).toMatchObject({ deleted: '0', missing: '30' });
  });

  test('an event in between shows that a missing person is there', async () => {
    await refresh(stack.db);
    pool.users = pool.users.filter(({ username }) => username !== 'user-0002');
    expect(await refresh(stack.db)).toMatchObject({ missing: '1' });
    await stack.db.query("select cognito.record_event('sub-user-0002', 'enabled')");
    await afterTheWait(stack.db);
    expect(await refresh(stack.db)).toMatchObject({ deleted: '0', missing: '1' });
    await afterTheWait(stack.db);
    expect(await refresh(stack.db)).toMatchObject({ deleted: '1' });
  });

  test('a sync, which looks each missing person up, needs no second run', async () => {
    await refresh(stack.db);
    const { rows } = await stack.db.query("select cognito.begin_sync('sync') as id");
    await stack.db.query(
      `insert into cognito.staged_users (run_id, sub, username)
       select $1, sub, username from cognito.directory where username <> 'user-0002'`,
      [rows[0].id],
    );
    const ended = await stack.db.query('select * from cognito.finish_sync($1, true, 4)', [
      rows[0].id,
    ]);
    expect(ended.rows[0]).toMatchObject({ ...clean, deleted: '1', missing: '0' });
  });
});

test('a NUL in an attribute: earlier rows are kept, nobody is deleted, and the run has a hint', async () => {
  await refresh(stack.db);
  pool.find('user-0001').email = 'changed@example.com';
  pool.faults.set(2, 'has a NUL');
  const run = await refresh(stack.db);
  expect(run).toMatchObject({ complete: false, deleted: '0' });
  expect(run.error).toMatch(/npm run directory -- sync/);
  expect(await present(stack.db)).toHaveLength(USERS);
});

test('users without a sub make a run incomplete', async () => {
  await refresh(stack.db);
  pool.faults.set(2, 'has no subs');
  const run = await refresh(stack.db);
  expect(run).toMatchObject({ complete: false, seen: '150', deleted: '0' });
  expect(run.error).toMatch(/^60 users came without a sub/);
});

test('a run that would delete many stops and asks', async () => {
  await refresh(stack.db);
  pool.fill(180);
  const run = await refresh(stack.db);
  expect(run).toMatchObject({ complete: false, deleted: '0', seen: '180' });
  expect(run.error).toBe(
    '30 of 210 people are missing from the pool: nobody was marked as gone. If they are gone, call again with allow_deletes => true',
  );
  expect(await present(stack.db)).toHaveLength(USERS);
  expect(await refresh(stack.db, true)).toMatchObject({ ...clean, deleted: '0', missing: '30' });
  await afterTheWait(stack.db);
  expect(await refresh(stack.db, true)).toMatchObject({ ...clean, deleted: '30' });
  expect(await present(stack.db)).toEqual(usernames());
});

test('an empty answer deletes nobody, even in a small pool', async () => {
  pool.fill(3);
  await refresh(stack.db);
  pool.fill(0);
  expect(await refresh(stack.db)).toMatchObject({ complete: false, seen: '0', deleted: '0' });
  expect(await present(stack.db)).toHaveLength(3);
});

test("a timeout during the scan ends it, keeps the rows that were read, and is in the run's row", async () => {
  await refresh(stack.db);
  pool.find('user-0001').email = 'changed@example.com';
  pool.beforePage = async (page) => {
    if (page === 3) await new Promise((resolve) => setTimeout(resolve, 2500));
  };
  await stack.db.query("set statement_timeout = '1200ms'");
  const run = await refresh(stack.db);
  await stack.db.query('reset statement_timeout');
  expect(run).toMatchObject({ complete: false, deleted: '0' });
  expect(run.error).toBe('canceling statement due to statement timeout');
  pool.beforePage = () => {};
  expect(await refresh(stack.db)).toMatchObject({ ...clean, deleted: '0' });
  expect(await present(stack.db)).toEqual(usernames());
});

test('a person who signs up during the walk is not deleted', async () => {
  await refresh(stack.db);
  const newcomer = fakeUser(999);
  const other = await stack.connect();
  pool.beforePage = async (page) => {
    if (page !== 4) return;
    await other.query("select cognito.record_event($1, 'signed_up', $2)", [
      `sub-${newcomer.username}`,
      { email: newcomer.email },
    ]);
  };
  expect(await refresh(stack.db)).toMatchObject({ ...clean, seen: '210', deleted: '0' });
  expect(await present(stack.db)).toHaveLength(USERS + 1);
  await other.end();
});

test('one run at a time', async () => {
  const other = await stack.connect();
  const { rows } = await other.query("select cognito.begin_sync('sync') as id");
  for (const call of ["cognito.begin_sync('sync')", 'cognito.refresh()'])
    await expect(stack.db.query(`select ${call}`)).rejects.toMatchObject({
      code: '55P03',
      detail: expect.stringMatching(/^Process \d+ of role postgres holds the lock/),
      hint: expect.stringMatching(/pg_terminate_backend\(\d+\)/),
    });
  await other.query('select cognito.finish_sync($1, false, 0)', [rows[0].id]);
  expect(await refresh(stack.db)).toMatchObject(clean);
  await other.end();
});

test('a sync that was cut off is swept by the next run, or resumed', async () => {
  const stage = `insert into cognito.staged_users (run_id, sub, username) values ($1, 'sub-x', 'x')`;
  const begin = async (call: string) => {
    const session = await stack.connect();
    const { rows } = await session.query(`select cognito.${call} as id`);
    return { session, id: rows[0].id };
  };
  const first = await begin("begin_sync('sync')");
  await first.session.query(stage, [first.id]);
  await first.session.query("insert into cognito.staged_parts values ($1, '0', 5)", [first.id]);
  await first.session.end();

  const second = await begin(`resume_sync(${first.id})`);
  expect(second.id).toBe(first.id);
  expect((await second.session.query('select part, pages from cognito.staged_parts')).rows).toEqual(
    [{ part: '0', pages: 5 }],
  );
  await second.session.end();

  // Nothing is taken from another run.
  const third = await begin(`resume_sync(${Number(first.id) - 1})`);
  expect(third.id).not.toBe(first.id);
  expect((await third.session.query('select from cognito.staged_users')).rowCount).toBe(0);
  const { rows } = await third.session.query(
    'select error from cognito.refresh_runs where id = $1',
    [first.id],
  );
  expect(rows[0].error).toBe('cut off before it finished');
  await third.session.query('select cognito.finish_sync($1, false, 0)', [third.id]);
  await third.session.end();
});
