import { describe, expect, it } from 'vitest';
import { claimsOf, golden, run } from './golden.ts';

const ENV = {
  APP_ROLE_GROUPS: 'admins,editors',
  EMAIL_CLAIM: 'true',
  MACHINE_CLAIMS: '{"2example23456789abcdefghij":{"org":"x"}}',
};

/** A golden event with one field replaced, by its path. */
function changed(name: string, path: string, value: unknown) {
  const event = golden(name);
  const keys = path.split('.');
  const last = keys.pop() as string;
  let node = event;
  for (const key of keys) {
    node[key] ??= {};
    node = node[key];
  }
  node[last] = value;
  return event;
}

describe('an event that cannot be read comes back as it was, with a warning', () => {
  const person = 'TokenGeneration_Authentication';

  it.each([
    ['null', null, 'null'],
    ['undefined', undefined, 'null'],
    ['a number', 7, 'null'],
    ['a text', 'TokenGeneration_HostedAuth', 'null'],
    ['a list', [], 'null'],
    ['an empty object', {}, 'null'],
    ['version 4', changed('v2-authentication', 'version', '4'), `${person} 4`],
    ['version 12', changed('v2-authentication', 'version', '12'), 'null'],
    ['no version', changed('v2-authentication', 'version', undefined), 'null'],
    ['version {}', changed('v2-authentication', 'version', { toString: 1 }), 'null'],
    [
      'another source',
      changed('v2-authentication', 'triggerSource', 'PreSignUp_X'),
      'PreSignUp_X 2',
    ],
    [
      'a new source',
      changed('v3-authentication', 'triggerSource', 'TokenGeneration_Agent'),
      'TokenGeneration_Agent 3',
    ],
    ['source {}', changed('v2-authentication', 'triggerSource', {}), 'null'],
    [
      'a machine in version 2',
      changed('v3-client-credentials', 'version', '2'),
      'TokenGeneration_ClientCredentials 2',
    ],
    ['no request', changed('v2-authentication', 'request', undefined), `${person} 2`],
    ['request null', changed('v2-authentication', 'request', null), `${person} 2`],
    ['request a text', changed('v2-authentication', 'request', 'x'), `${person} 2`],
    ['attributes 7', changed('v2-authentication', 'request.userAttributes', 7), `${person} 2`],
    [
      'groups true',
      changed('v2-authentication', 'request.groupConfiguration', true),
      `${person} 2`,
    ],
    [
      'a list of groups that is a text',
      changed('v2-authentication', 'request.groupConfiguration.groupsToOverride', 'superadmins'),
      `${person} 2`,
    ],
    ['response a text', changed('v1-authentication', 'response', 'x'), `${person} 1`],
    [
      'version 1 details 7',
      changed('v1-authentication', 'response.claimsOverrideDetails', 7),
      `${person} 1`,
    ],
    [
      'version 2 details a text',
      changed('v2-authentication', 'response.claimsAndScopeOverrideDetails', 'x'),
      `${person} 2`,
    ],
    [
      // The ID token is filled in before the access token fails, and must not be returned.
      'access token overrides 7',
      changed(
        'v2-authentication',
        'response.claimsAndScopeOverrideDetails.accessTokenGeneration',
        7,
      ),
      `${person} 2`,
    ],
    [
      'claims a text',
      changed(
        'v2-authentication',
        'response.claimsAndScopeOverrideDetails.accessTokenGeneration.claimsToAddOrOverride',
        'x',
      ),
      `${person} 2`,
    ],
    [
      'suppressed claims a text',
      changed(
        'v2-authentication',
        'response.claimsAndScopeOverrideDetails.accessTokenGeneration.claimsToSuppress',
        'role',
      ),
      `${person} 2`,
    ],
    [
      'a machine without a caller',
      changed('v3-client-credentials', 'callerContext', null),
      'TokenGeneration_ClientCredentials 3',
    ],
  ])('%s', async (_, event, kind) => {
    const before = structuredClone(event);
    const { result, warnings } = await run(event, ENV);
    expect(result).toEqual(before);
    expect(event).toEqual(before);
    expect(warnings).toEqual([`cannot read ${kind}`]);
  });
});

describe('an event that is no JSON comes back itself', () => {
  const hostile = () => {
    const event = golden('v2-authentication');
    Object.defineProperty(event, 'request', {
      enumerable: true,
      get: () => {
        throw new Error('jane.doe@example.com');
      },
    });
    return event;
  };
  const cyclic = () => {
    const event = golden('v2-authentication');
    event.request.self = event;
    return event;
  };

  it.each([
    ['a getter that throws', hostile()],
    ['a cycle', cyclic()],
    ['a bigint', { ...golden('v2-authentication'), extra: 1n }],
    ['a symbol', Symbol('event')],
    ['a function', () => 'event'],
  ])('%s', async (_, event) => {
    const { result, warnings } = await run(event, ENV);
    expect(result).toBe(event);
    expect(warnings).toEqual(['cannot read null']);
  });

  it('and what JSON leaves out does not matter', async () => {
    const event = golden('v2-authentication');
    event[Symbol('role')] = 'admin';
    Object.setPrototypeOf(event, { response: { claimsOverrideDetails: 7 } });
    const { result, warnings } = await run(event, ENV);
    expect(claimsOf(result, 'access')).toMatchObject({ role: 'authenticated' });
    expect(warnings).toEqual([]);
  });

  it('and a getter of the response has one say only', async () => {
    const event = golden('v2-authentication');
    let calls = 0;
    event.response.claimsAndScopeOverrideDetails = {
      accessTokenGeneration: {
        claimsToAddOrOverride: {
          get role() {
            calls += 1;
            return calls > 1 ? 'admin' : 'authenticated';
          },
        },
      },
    };
    const { result } = await run(event, ENV);
    expect(claimsOf(result, 'access').role).toBe('authenticated');
    expect(claimsOf(result, 'access').role).toBe('authenticated');
  });
});

describe('no role rides along on an event that cannot be read', () => {
  const claimsToAddOrOverride = { role: 'admin', app_role: 'admins', plan: 'free' };

  it.each(['claimsOverrideDetails', 'claimsAndScopeOverrideDetails'])('in %s', async (details) => {
    for (const broken of [{ version: '9' }, { triggerSource: 'x' }, { request: null }]) {
      const event = { ...golden('v2-authentication'), ...broken };
      const token = { claimsToAddOrOverride, claimsToSuppress: ['role'], scopesToAdd: ['a/b'] };
      event.response = { [details]: { ...token, accessTokenGeneration: token } };
      const { response, warnings } = await run(event, ENV);
      const kept = { ...token, claimsToAddOrOverride: { plan: 'free' } };
      expect(response).toEqual({ [details]: { ...kept, accessTokenGeneration: kept } });
      expect(warnings).toHaveLength(1);
    }
  });

  it('gets no role, because it is not known whose token it is', async () => {
    const event = golden('v2-authentication');
    event.version = '9';
    event.response.claimsAndScopeOverrideDetails = {
      accessTokenGeneration: { claimsToAddOrOverride: { role: 'authenticated' } },
    };
    const { result } = await run(event, ENV);
    expect(claimsOf(result, 'access')).toEqual({});
  });
});

describe('a warning contains no personal data', () => {
  const SECRETS = ['eyJhbGciOiJSUzI1NiJ9.e30.c2ln', 'jane.doe@example.com', '+12065551212'];

  it.each(SECRETS)('%s', async (secret) => {
    for (const path of [
      'version',
      'triggerSource',
      'userName',
      'callerContext',
      'request',
      'request.userAttributes',
      'request.groupConfiguration',
      'request.groupConfiguration.groupsToOverride',
      'response',
      'response.claimsAndScopeOverrideDetails',
    ]) {
      const { warnings } = await run(changed('v2-authentication', path, secret), ENV);
      expect(warnings.join()).not.toContain(secret);
    }
  });
});
