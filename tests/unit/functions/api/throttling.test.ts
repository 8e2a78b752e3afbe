/** The real client of the user pool, against a pool that refuses above its request rate. */
import { expect, test, vi } from 'vitest';
import { userPool } from '../../../../functions/api/admin/user-pool.ts';
import { disableUser } from '../../../../functions/api/routes.ts';
import { addUser, usePool } from '../../local/cognito/support.ts';
import { ADMIN, answers, bodyOf, call, calls, parts, sign } from './support.ts';

test('throttled calls are repeated; a change that stays throttled is a 503, and nothing is begun', async () => {
  const cognito = await usePool({ requestRates: true });
  await addUser(cognito, 'ann@example.com');
  const pool = await userPool(cognito.userPoolId, {
    region: cognito.region,
    endpoint: cognito.endpoint,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
  // Uses up the rate of ListUsers, which is 30 a second.
  const useUp = () => Promise.allSettled(Array.from({ length: 100 }, () => pool.usernameOf('x')));
  expect((await useUp()).some(({ status }) => status === 'rejected')).toBe(true);

  answers.set('rpc/begin_admin_operation', [
    200,
    JSON.stringify({
      id: '00000000-0000-4000-8000-000000000001',
      started_at: new Date().toISOString(),
      repeated: false,
      result: null,
    }),
  ]);
  answers.set('rpc/abandon_admin_operation', [204, '']);
  const authorization = `Bearer ${await sign(ADMIN)}`;
  const given = parts(undefined, { pool: async () => pool });
  // The rate recovers by the millisecond, so one attempt may get through, and finds nobody.
  const response = await vi.waitFor(async () => {
    calls.length = 0;
    await useUp();
    const answer = await call(disableUser, { authorization, parameters: { sub: 'x' } }, given);
    expect(answer.statusCode).toBe(503);
    return answer;
  }, 10_000);
  expect(response.headers).toMatchObject({ 'retry-after': '2' });
  expect(bodyOf(response).code).toBe('UPSTREAM_BUSY');
  expect(calls.map(({ url }) => url)).toEqual([
    '/rest/v1/rpc/begin_admin_operation',
    '/rest/v1/rpc/abandon_admin_operation',
  ]);
  const found = await cognito.call('AdminGetUser', {
    UserPoolId: cognito.userPoolId,
    Username: 'ann@example.com',
  });
  expect(found.Enabled).toBe(true);
});
