/** What the Management API answers when something is wrong, and what a person reads then. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
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
    [
      'half an answer',
      {},
      [{ status: 200, text: '{"disable_signup": "sbp_' }],
      'SUPABASE_UNREACHABLE',
      /run it again/,
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

test('a redirect is not followed: SQL and its parameters go to no other host', async () => {
  let asked = 0;
  const other = createServer((_, response) => {
    asked += 1;
    response.end('[]');
  }).listen(0, '127.0.0.1');
  await once(other, 'listening');
  const location = `http://localhost:${(other.address() as AddressInfo).port}/`;
  answers({ status: 307, headers: { location } });
  await expect(open().query('select $1', ['AWS-SECRET'])).rejects.toMatchObject({
    code: 'SUPABASE_UNREACHABLE',
    message: expect.stringContaining('redirect'),
  });
  expect(asked).toBe(0);
  other.close();
});

describe('the token', () => {
  test.each(['sbp_a\nb', 'sbp_a ', '', 'sbp_ä'])(
    'is refused as %j, and not shown',
    (accessToken) => {
      const error = (() => {
        try {
          return open({ accessToken });
        } catch (thrown) {
          return thrown as Error;
        }
      })();
      expect(error).toMatchObject({
        code: 'SETTING_INVALID',
        hint: expect.stringContaining('sbp_'),
      });
      expect((error as Error).message).not.toContain('sbp_');
    },
  );

  test.each([
    'http://api.supabase.com',
    'http://10.0.0.1:8080',
    'https://me:pw@example.com',
    'ftp://127.0.0.1',
    'api.supabase.com',
  ])('is not sent to %s', (baseUrl) => {
    expect(() => open({ baseUrl })).toThrow(
      expect.objectContaining({
        code: 'SETTING_INVALID',
        message: expect.stringContaining('SUPABASE_API_BASE_URL'),
      }),
    );
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
