/** The lines that the API writes on Lambda: structured, and nothing in them that a caller has sent. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { implementations } from '../../../../functions/api/all.ts';
import { lambdaHandler } from '../../../../functions/api/lambda.ts';
import { reportToCloudWatch } from '../../../../functions/api/report.ts';
import { routes } from '../../../../functions/api/routes.ts';
import { counter } from '../../../../functions/service/metrics.ts';
import { ADMIN, answers, eventOf, failures, parts, sign } from './support.ts';

let output: string;
beforeEach(() => {
  output = '';
  const take = (chunk: unknown) => {
    output += String(chunk);
    return true;
  };
  vi.spyOn(process.stdout, 'write').mockImplementation(take);
  vi.spyOn(process.stderr, 'write').mockImplementation(take);
});
afterEach(() => vi.restoreAllMocks());

const SECRETS = {
  password: 'Correct-horse-42',
  address: 'ann.secret@example.com',
  code: '739154',
  phone: '+4930123456',
};
const everything = Object.values(SECRETS).join(' ');

test('no token, code, password or address appears, whatever fails', async () => {
  const token = await sign({ ...ADMIN, email: SECRETS.address });
  const handler = lambdaHandler(implementations, { parts: parts(), report: reportToCloudWatch() });
  const body = JSON.stringify({
    email: SECRETS.address,
    password: SECRETS.password,
    code: SECRETS.code,
  });
  for (const status of [200, 400, 401, 403, 409, 500])
    for (const route of routes) {
      const message = JSON.stringify({ message: everything, code: 'PT409', id: SECRETS.code });
      for (const name of [
        'ensure_profile',
        'me',
        'begin_admin_operation',
        'admin_find_users',
        'admin_read_user',
      ])
        answers.set(`rpc/${name}`, [status, message]);
      failures.set('usernameOf', [Object.assign(new Error(everything), { name: 'Odd' })]);
      for (const authorization of [
        `Bearer ${token}`,
        `Bearer ${token.slice(0, -5)}AAAAA`,
        everything,
      ]) {
        const parameters = { id: SECRETS.address, sub: SECRETS.address, group: SECRETS.phone };
        const query = `email=${encodeURIComponent(SECRETS.address)}&code=${SECRETS.code}`;
        await handler(eventOf(route, { authorization, parameters, query, body }));
      }
    }
  vi.restoreAllMocks();
  const lines = output.trim().split('\n');
  expect(lines.length).toBeGreaterThan(routes.length * 6);
  for (const line of lines) expect(JSON.parse(line)).toBeTypeOf('object');
  for (const secret of [...Object.values(SECRETS), token.split('.')[1], 'sb_', 'whsec_', 'eyJ'])
    expect(output).not.toContain(secret);
});

test('a request is a line with its route, status, code, time and id, and a metric', async () => {
  const handler = lambdaHandler(implementations, { parts: parts(), report: reportToCloudWatch() });
  await handler(eventOf({ method: 'GET', path: '/me' }, { authorization: 'Bearer x' }));
  counter('UserMigration')('refused');
  vi.restoreAllMocks();
  const [metric, line, migration] = output
    .trim()
    .split('\n')
    .map((text) => JSON.parse(text));
  expect(line).toMatchObject({
    level: 'INFO',
    message: 'request',
    route: 'GET /me',
    status: 401,
    code: 'TOKEN_REFUSED',
    requestId: 'request-1',
    ms: expect.any(Number),
  });
  // Source: CloudWatch user guide, "Embedded metric format".
  expect(metric).toMatchObject({
    _aws: {
      CloudWatchMetrics: [{ Namespace: 'cognito-supabase', Dimensions: [['service', 'route']] }],
    },
    route: 'GET /me',
    Requests: 1,
    Errors: 0,
  });
  expect(migration).toMatchObject({ UserMigrationRefused: 1 });
});
