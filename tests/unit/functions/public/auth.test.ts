/** `createAuth`: the guards as a package. */
import { expect, test } from 'vitest';
import { createAuth } from '../../../../functions/public/auth.ts';
import { ADMIN, CLAIMS, eventOf, ISSUER, restEventOf, SUB, sign } from '../api/support.ts';

const auth = createAuth({ issuer: ISSUER, clientIds: ['web'] });
const route = { method: 'GET', path: '/me' } as const;

test.each([eventOf, restEventOf])(
  'let the right people in, from both kinds of API',
  async (make) => {
    const event = make(route, { authorization: `Bearer ${await sign(ADMIN)}` });
    expect(await auth.requireAuth(event)).toMatchObject({ sub: SUB, groups: ['admin'] });
    await auth.requireGroup(event, 'support', 'admin');
    await auth.requireScope(event, 'email');
    await auth.requireRecentSignIn(event, 60);
  },
);

test('keep the others out', async () => {
  const event = eventOf(route, {
    authorization: `Bearer ${await sign({ ...CLAIMS, auth_time: 1 })}`,
  });
  await expect(auth.requireGroup(event, 'admin')).rejects.toMatchObject({ code: 'FORBIDDEN' });
  await expect(auth.requireScope(event, 'api/write')).rejects.toMatchObject({ code: 'FORBIDDEN' });
  await expect(auth.requireRecentSignIn(event, 60)).rejects.toMatchObject({
    code: 'SIGN_IN_AGAIN',
  });
  await expect(auth.requireAuth(eventOf(route))).rejects.toMatchObject({ code: 'TOKEN_REFUSED' });
});
