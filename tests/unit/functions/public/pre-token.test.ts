/** The pre-token handler as a package: the same tokens as the trigger, and claims of one's own that cannot do harm. */
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { preToken } from '../../../../functions/pre-token/core.ts';
import type { PreTokenEvent } from '../../../../functions/pre-token/events.ts';
import { readSettings } from '../../../../functions/pre-token/settings.ts';
import { chain } from '../../../../functions/public/chain.ts';
import type { Extend } from '../../../../functions/public/own-claims.ts';
import { createPreTokenHandler } from '../../../../functions/public/pre-token.ts';

const base = (version: string, triggerSource: string) =>
  ({
    version,
    triggerSource,
    region: 'eu-central-1',
    userPoolId: 'eu-central-1_a1B2c3D4e',
    userName: 'ann',
    callerContext: { awsSdkVersion: 'x', clientId: 'machine' },
    request: {
      userAttributes: { sub: 's', email: 'ann@example.com', email_verified: 'true' },
      groupConfiguration: { groupsToOverride: ['admin'], iamRolesToOverride: [] },
      scopes: ['api/read'],
    },
    response: {},
  }) as unknown as PreTokenEvent;

const EVENTS = [
  base('1', 'TokenGeneration_Authentication'),
  base('2', 'TokenGeneration_RefreshTokens'),
  base('3', 'TokenGeneration_HostedAuth'),
  base('3', 'TokenGeneration_ClientCredentials'),
];

// biome-ignore lint/suspicious/noExplicitAny: of all versions
const claimsOf = ({ response }: any) => ({
  id:
    response.claimsOverrideDetails?.claimsToAddOrOverride ??
    response.claimsAndScopeOverrideDetails?.idTokenGeneration?.claimsToAddOrOverride,
  access: response.claimsAndScopeOverrideDetails?.accessTokenGeneration?.claimsToAddOrOverride,
});

test.each(EVENTS)(
  'does what the trigger does, in version $version, $triggerSource',
  async (event) => {
    const env = {
      APP_ROLE_GROUPS: 'admin',
      EMAIL_CLAIM: 'true',
      MACHINE_CLAIMS: '{"machine":{"plan":"x"}}',
    };
    const trigger = preToken(readSettings(env, expect.unreachable), expect.unreachable);
    const handler = createPreTokenHandler({
      appRoleGroups: ['admin'],
      emailClaim: true,
      machineClaims: { machine: { plan: 'x' } },
    });
    expect(await handler(event)).toEqual(await trigger(event));
  },
);

describe('claims of one’s own', () => {
  const made = (extend: Extend) => {
    const warn = vi.fn();
    return { handler: createPreTokenHandler({ appRoleGroups: ['admin'], extend, warn }), warn };
  };

  test('are in the tokens of each version that have claims', async () => {
    const { handler } = made(() => ({ tenant: 'acme', seats: 3 }));
    const [v1, v2, v3, machine] = await Promise.all(EVENTS.map((event) => handler(event)));
    const person = { role: 'authenticated', app_role: 'admin', tenant: 'acme', seats: 3 };
    // Version 1 takes texts only.
    const { seats: _, ...texts } = person;
    expect(claimsOf(v1)).toEqual({ id: texts, access: undefined });
    expect(claimsOf(v2)).toEqual({ id: person, access: person });
    expect(claimsOf(v3)).toEqual({ id: person, access: person });
    expect(claimsOf(machine)).toEqual({ id: undefined, access: { tenant: 'acme', seats: 3 } });
  });

  test('see the claims that are there, and change neither them nor the event', async () => {
    const event = EVENTS[1] as PreTokenEvent;
    const before = structuredClone(event);
    const { handler } = made((given, claims) => {
      expect(claims).toEqual({ role: 'authenticated', app_role: 'admin' });
      expect(() => Object.assign(claims, { role: 'service_role' })).toThrow();
      Object.assign(given.request, { userAttributes: {} });
      Object.assign(given, { response: { claimsAndScopeOverrideDetails: null } });
      return { tenant: 'acme' };
    });
    expect(claimsOf(await handler(event)).access).toMatchObject({
      role: 'authenticated',
      tenant: 'acme',
    });
    expect(event).toEqual(before);
  });

  test('never set role, app_role or a claim of Cognito, whatever is returned', async () => {
    const names = fc.constantFrom(
      'role',
      'app_role',
      'sub',
      'iss',
      'cognito:groups',
      'scope',
      '__proto__',
      'a',
    );
    const claims = fc.dictionary(fc.oneof(names, fc.string()), fc.jsonValue());
    await fc.assert(
      fc.asyncProperty(claims, fc.constantFrom(...EVENTS), async (given, event) => {
        const { handler } = made(() => given);
        const { id, access } = claimsOf(await handler(event));
        for (const token of [id, access].filter((one) => one !== undefined)) {
          expect([undefined, 'authenticated']).toContain(token.role);
          expect([undefined, 'admin']).toContain(token.app_role);
          for (const name of ['sub', 'iss', 'cognito:groups', 'scope'])
            expect(Object.hasOwn(token, name)).toBe(false);
        }
      }),
    );
  });

  test.each<[string, Extend]>([
    [
      'throws',
      () => {
        throw new Error('ann@example.com');
      },
    ],
    ['rejects', () => Promise.reject(new Error('ann@example.com'))],
    ['returns a text', () => 'x' as never],
    ['returns what is no JSON', () => ({ n: 1n }) as never],
    [
      'returns a circle',
      () => {
        const a: Record<string, unknown> = {};
        a.a = a;
        return a;
      },
    ],
    ['returns nothing', () => undefined],
  ])('that %s do not stop a sign-in', async (_, extend) => {
    const { handler, warn } = made(extend);
    expect(claimsOf(await handler(EVENTS[1] as PreTokenEvent)).access).toEqual({
      role: 'authenticated',
      app_role: 'admin',
    });
    expect(JSON.stringify(warn.mock.calls)).not.toContain('ann@');
  });

  test('that take too long are left out', async () => {
    vi.useFakeTimers();
    const { handler } = made(() => new Promise(() => {}));
    const answer = handler(EVENTS[1] as PreTokenEvent);
    await vi.advanceTimersByTimeAsync(3000);
    expect(claimsOf(await answer).access).toEqual({ role: 'authenticated', app_role: 'admin' });
    vi.useRealTimers();
  });
});

describe('chain', () => {
  test('gives each the event of the one before, and ours has the last word', async () => {
    const theirs = async (event: PreTokenEvent) => ({
      ...event,
      response: {
        claimsAndScopeOverrideDetails: {
          accessTokenGeneration: { claimsToAddOrOverride: { plan: 'x', role: 'service_role' } },
        },
      },
    });
    const handler = chain<PreTokenEvent>(theirs as never, createPreTokenHandler() as never);
    expect(claimsOf(await handler(EVENTS[1] as PreTokenEvent)).access).toEqual({
      plan: 'x',
      role: 'authenticated',
    });
  });

  test('fails as the handler that fails, and for one that returns no event', async () => {
    const broken = chain<object>(
      () => Promise.reject(new Error('theirs')),
      (event) => event,
    );
    await expect(broken({})).rejects.toThrow('theirs');
    const callback = chain<object>(() => undefined as never);
    await expect(callback({})).rejects.toThrow('it has to be async');
  });
});
