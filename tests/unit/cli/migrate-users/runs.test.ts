import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { makeBudget } from '../../../../cli/directory/budget.ts';
import { migrateUsersCommand } from '../../../../cli/migrate-users/command.ts';
import {
  openProject,
  PER_PAGE,
  type Project,
  ProjectError,
} from '../../../../cli/migrate-users/project.ts';
import { readProject } from '../../../../cli/migrate-users/read-people.ts';
import { openRows } from '../../../../cli/migrate-users/rows.ts';
import { migrate } from '../../../../cli/migrate-users/run.ts';
import { openTransfers } from '../../../../cli/migrate-users/transfers.ts';
import { startAuthAdmin } from '../../../support/auth-admin.ts';
import { startFakePool } from '../../../support/fake-pool.ts';
import { makeOldPeople } from '../../../support/migrate-people.ts';

async function newFolder(): Promise<string> {
  const dir = await mkdtemp(path.join(tmpdir(), 'migrate-users-unit-'));
  onTestFinished(() => rm(dir, { recursive: true }));
  return dir;
}

/** Waits short, at any rate. */
const context = () => ({
  budget: makeBudget(Number.POSITIVE_INFINITY),
  options: { attempts: 5, baseMs: 2, capMs: 10 },
  signal: new AbortController().signal,
  onRetry: () => {},
});

test('pages that shift while they are read hide nobody', async () => {
  const people = makeOldPeople(2 * PER_PAGE + 300, 5).map(({ user }) => user);
  const gone = people.slice(-40).map(({ id }) => id);
  let reads = 0;
  const auth = await startAuthAdmin(people, {
    odds: { fail: 0.1, drop: 0.1, lose: 0.1 },
    // The first page was read, and its people are deleted, so the second one begins with the 41st.
    onPage: (page, { users }) => {
      reads += 1;
      if (page === 2) for (const id of gone) users.delete(id);
    },
  });
  onTestFinished(() => auth.close());
  const variables = { url: 'URL', secretKey: 'KEY' };
  const project = openProject({ url: auth.url, secretKey: auth.secretKey, variables }, context());
  const read = await readProject(project);
  expect(people.filter(({ id }) => auth.users.has(id) && !read.people.has(id))).toEqual([]);
  expect(read.passes).toBeGreaterThan(2);
  expect(reads).toBeGreaterThan(read.passes * 3);
});

describe('a pool of many kinds to Supabase Auth', () => {
  async function worldWith(failing: (subs: readonly string[]) => readonly string[]) {
    const pool = await startFakePool({ users: 120, rate: null, latencyMs: 0 });
    const verified = pool.users.filter(({ emailVerified }) => emailVerified);
    const broken = new Set(failing(verified.map(({ sub }) => sub)));
    const auth = await startAuthAdmin([], { failing: broken });
    onTestFinished(() => Promise.all([pool.close(), auth.close()]).then(() => undefined));
    const dir = await newFolder();
    const at = (name: string): string => path.join(dir, name);
    const options = {
      ...{
        rate: 1000,
        isDryRun: false,
        userPoolId: undefined,
        region: undefined,
        endpoint: undefined,
      },
      ...{ dir, state: at('journal'), map: at('map'), report: at('report'), people: at('people') },
    };
    const env = {
      ...{ SUPABASE_URL: auth.url, SUPABASE_SECRET_KEY: auth.secretKey },
      ...{ COGNITO_USER_POOL_ID: pool.userPoolId, COGNITO_ENDPOINT: pool.url },
    };
    const retry = { attempts: 3, baseMs: 1, capMs: 2 };
    const signal = new AbortController().signal;
    const run = () => migrate('to-supabase', options, { env, print: () => {}, signal, retry });
    return { auth, verified, broken, run, report: () => readFile(options.report, 'utf8') };
  }

  test('a person whom the project always fails is reported, and the others go', async () => {
    const { auth, verified, broken, run, report } = await worldWith((subs) => subs.slice(3, 5));
    expect(await run()).toBe(false);
    expect(auth.users.size).toBe(verified.length - 2);
    const lines: string[][] = parse(await report());
    const failed = lines.filter(([, , reason]) => reason?.includes('Database error'));
    expect(failed.map(([id]) => id).sort()).toEqual([...broken].sort());
  });

  test('a project that fails for everybody ends the run', async () => {
    const { auth, run } = await worldWith((subs) => subs);
    await expect(run()).rejects.toMatchObject({ code: 'SUPABASE_UNREACHABLE' });
    expect(auth.users.size).toBe(0);
  });
});

test('Ctrl-C ends with 130, and leaves no listener behind', async () => {
  const auth = await startAuthAdmin([], {
    onRequest: () => void process.emit('SIGINT'),
  });
  onTestFinished(() => auth.close());
  vi.stubEnv('SUPABASE_URL', auth.url);
  vi.stubEnv('SUPABASE_SECRET_KEY', auth.secretKey);
  vi.stubEnv('COGNITO_USER_POOL_ID', 'local-1_X');
  const said = vi.spyOn(console, 'error').mockImplementation(() => {});
  onTestFinished(() => {
    vi.unstubAllEnvs();
    said.mockRestore();
    process.exitCode = undefined;
  });
  const listeners = process.listenerCount('SIGINT');
  await migrateUsersCommand().parseAsync(['to-cognito'], { from: 'user' });
  expect(process.exitCode).toBe(130);
  expect(said.mock.calls.join()).toMatch(/continues from here/);
  expect(process.listenerCount('SIGINT')).toBe(listeners);
});

test.each([
  ['PGRST202', 404, false],
  ['42501', 403, true],
])('a project that answers %s to the module: %s', async (code, status, isError) => {
  const failing = async () => {
    throw new ProjectError('a reason', status, code);
  };
  const project = { rpc: failing } as unknown as Project;
  const opened = openRows(project, openTransfers(undefined));
  if (isError) await expect(opened).rejects.toThrow('a reason');
  else expect(await opened).toBeUndefined();
});
