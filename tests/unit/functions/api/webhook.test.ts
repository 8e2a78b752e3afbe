/** Webhooks: whose signature counts, for how long, and once. */
import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import { postWebhook } from '../../../../functions/api/routes.ts';
import {
  answers,
  bodyOf,
  call,
  calls,
  parts,
  reports,
  SERVICE_KEY,
  WEBHOOK_SECRET,
} from './support.ts';

const EVENT = { kind: 'disabled', sub: 's-2', occurred_at: '2026-11-28T12:00:00Z' };

interface Signing {
  readonly id?: string;
  readonly at?: Date;
  readonly secret?: string;
  readonly changes?: Readonly<Record<string, string>>;
}

function signed(
  body: string,
  { id = 'message-1', at = new Date(), secret, changes }: Signing = {},
) {
  const headers = {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': new Webhook(secret ?? WEBHOOK_SECRET).sign(id, at, body),
    ...changes,
  };
  return { body, headers };
}

const post = (event: unknown, signing?: Signing) =>
  call(postWebhook, signed(typeof event === 'string' ? event : JSON.stringify(event), signing));

test('a signed event is applied for the service, with its id', async () => {
  answers.set('apply', [200, 'true']);
  answers.set('rpc/apply_account_event', [200, 'true']);
  const response = await post({ ...EVENT, groups: ['editor'] });
  expect(bodyOf(response)).toEqual({ applied: true });
  expect(JSON.parse(calls[0]?.body ?? '')).toEqual({
    message_id: 'message-1',
    ...EVENT,
    groups: ['editor'],
  });
  expect(calls[0]?.headers.apikey).toBe(SERVICE_KEY);
});

test('a message that was applied before is answered, and changes nothing', async () => {
  answers.set('rpc/apply_account_event', [200, 'false']);
  expect(bodyOf(await post(EVENT))).toEqual({ applied: false });
});

describe('refused, and the database is not asked:', () => {
  const minutes = (n: number) => new Date(Date.now() + n * 60_000);
  const other = `whsec_${Buffer.from('another secret').toString('base64')}`;
  test.each<[string, Signing]>([
    ['another secret', { secret: other }],
    ['an old one', { at: minutes(-6) }],
    ['one of the future', { at: minutes(6) }],
    ['another id', { changes: { 'webhook-id': 'message-2' } }],
    [
      'another time',
      // Long after the moment in which the test signs.
      { changes: { 'webhook-timestamp': String(Math.floor(Date.now() / 1000) + 60) } },
    ],
    ['no time', { changes: { 'webhook-timestamp': '' } }],
    ['no signature', { changes: { 'webhook-signature': '' } }],
    ['a signature of no version', { changes: { 'webhook-signature': 'x' } }],
    ['the signature of nothing', { changes: { 'webhook-signature': 'v1,' } }],
  ])('%s', async (_, signing) => {
    const response = await post(EVENT, signing);
    expect(response.statusCode).toBe(401);
    expect(bodyOf(response)).toMatchObject({
      code: 'SIGNATURE_REFUSED',
      detail: 'The signature is missing, wrong or too old.',
    });
    expect(calls).toEqual([]);
  });

  test('a changed body', async () => {
    const { headers } = signed(JSON.stringify(EVENT));
    const body = JSON.stringify({ ...EVENT, sub: 's-3' });
    expect((await call(postWebhook, { body, headers })).statusCode).toBe(401);
    expect(calls).toEqual([]);
  });

  test.each([
    'null',
    '[]',
    JSON.stringify({ ...EVENT, kind: 'promoted' }),
    JSON.stringify({ ...EVENT, sub: '' }),
    JSON.stringify({ ...EVENT, occurred_at: 'now' }),
    JSON.stringify({ ...EVENT, role: 'admin' }),
    JSON.stringify({ ...EVENT, attributes: { email: { a: 1 } } }),
  ])('a signed body that is no event: %s', async (body) => {
    expect((await post(body)).statusCode).toBe(400);
    expect(calls).toEqual([]);
  });
});

test.each([
  [500, '{}', 502],
  [400, '{"code":"PT400"}', 400],
  [403, '{}', 502],
])('the database that answers %i: the sender is told', async (status, text, expected) => {
  answers.set('rpc/apply_account_event', [status, text]);
  const response = await post(EVENT);
  expect(response.statusCode).toBe(expected);
  expect(JSON.stringify([reports, response.body])).not.toMatch(/sb_secret|whsec/);
});

test('without a secret nobody is let in', async () => {
  const webhookSecret = () => Promise.reject(new Error('whsec_x'));
  const sent = signed(JSON.stringify(EVENT));
  const response = await call(postWebhook, sent, parts(undefined, { webhookSecret }));
  expect(response.statusCode).toBe(500);
  expect(response.body).not.toContain('whsec');
});
