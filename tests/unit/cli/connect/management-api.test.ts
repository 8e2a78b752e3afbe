/** What the Management API answers when something is wrong, and what a person reads then. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openManagementApi } from '../../../../cli/hosted/management-api.ts';
import {
  type FakeManagementApi,
  type Fault,
  newProject,
  startManagementApi,
} from '../../../support/management-api.ts';

const REF = 'abcdefghijklmnopqrst';
const waits: number[] = [];
let fake: FakeManagementApi;
beforeEach(async () => {
  waits.length = 0;
  fake = await startManagementApi(newProject(REF, ''));
});
afterEach(() => fake.close());

const open = (more: object = {}) =>
  openManagementApi({
    accessToken: fake.accessToken,
    ref: REF,
    baseUrl: fake.url,
    wait: async (ms) => void waits.push(ms),
    ...more,
  });

/** The next answers, and the real ones after them. */
function answers(...faults: readonly Fault[]): void {
  const left = [...faults];
  fake.before = () => left.shift();
}

describe('an error has a code and says what to do, and never the token', () => {
  const wrongToken = 'sbp_ffffffffffffffffffffffffffffffff';
  test.each([
    ['a wrong token', { accessToken: wrongToken }, [], 'ACCESS_TOKEN_REFUSED', /account\/tokens/],
    [
      'a token that may not',
      {},
      [{ status: 403 }],
      'ACCESS_TOKEN_REFUSED',
      /owner or administrator/,
    ],
    ['a missing project', { ref: 'zzzzzzzzzzzzzzzzzzzz' }, [], 'PROJECT_NOT_FOUND', /--project/],
    [
      'a failure of the platform',
      {},
      [{ status: 503 }],
      'SUPABASE_UNREACHABLE',
      /status.supabase.com/,
    ],
    ['a refusal', {}, [{ status: 422 }], 'SUPABASE_REFUSED', /run it again/],
    ['a connection that breaks', {}, ['cut' as const], 'SUPABASE_UNREACHABLE', /network/],
    ['no network', { baseUrl: 'http://127.0.0.1:1' }, [], 'SUPABASE_UNREACHABLE', /network/],
  ])('%s', async (_, more, faults, code, hint) => {
    answers(...faults);
    const error = await open(more)
      .authSettings()
      .catch((thrown) => thrown);
    expect(error).toMatchObject({ code, hint: expect.stringMatching(hint) });
    for (const token of [fake.accessToken, wrongToken])
      expect(`${error.stack} ${JSON.stringify(error)}`).not.toContain(token);
    expect(waits).toEqual([]);
  });
});

describe('too many requests', () => {
  test('waits as long as the answer asks for, and asks again', async () => {
    answers({ status: 429, headers: { 'retry-after': '2' } }, { status: 429 });
    expect(await open().authSettings()).toEqual({
      disable_signup: false,
      external_email_enabled: true,
    });
    expect(waits).toEqual([2000, 5000]);
  });

  test('gives up after five tries, and at once where it would have to wait for long', async () => {
    answers(...Array.from({ length: 5 }, () => ({ status: 429 })));
    await expect(open().authSettings()).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    expect(waits).toHaveLength(4);
    answers({ status: 429, headers: { 'retry-after': '3600' } });
    await expect(open().authSettings()).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    expect(waits).toHaveLength(4);
  });
});

test('an answer of another form is no state', async () => {
  fake.project.auth = { disable_signup: 'yes', external_email_enabled: true };
  await expect(open().authSettings()).rejects.toMatchObject({
    code: 'SUPABASE_REFUSED',
    message: expect.stringContaining('another form'),
  });
});

test('the older anon key stands in for a publishable one', async () => {
  expect(await open().publishableKey()).toBe('sb_publishable_of_the_project');
  fake.project.apiKeys = fake.project.apiKeys.filter(({ name }) => name === 'anon');
  expect(await open().publishableKey()).toBe('anon-key-of-the-project');
  fake.project.apiKeys = [];
  expect(await open().publishableKey()).toBeUndefined();
});
