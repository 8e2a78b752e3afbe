import { describe, expect, it } from 'vitest';
import { claimsOf, golden, run } from './golden.ts';

const V1 = 'v1-authentication';
const V2 = 'v2-authentication';
const APP_ROLES = { APP_ROLE_GROUPS: 'admins,editors' };

/** A version 2 event with overrides on both tokens, as another function before this one returns it. */
const overridden = (claims: object, more: object = {}) => {
  const event = golden(V2);
  event.response.claimsAndScopeOverrideDetails = {
    idTokenGeneration: { claimsToAddOrOverride: claims, ...more },
    accessTokenGeneration: { claimsToAddOrOverride: claims, ...more },
  };
  return event;
};

describe('role', () => {
  it.each(['admin', 'service_role', 'postgres', 'anon', '', null, ['authenticated'], { a: 1 }])(
    'overwrites %j in the overrides',
    async (role) => {
      const { result } = await run(overridden({ role }));
      expect(claimsOf(result, 'id')).toEqual({ role: 'authenticated' });
      expect(claimsOf(result, 'access')).toEqual({ role: 'authenticated' });
    },
  );

  it('is never taken from an attribute, a group or the client metadata', async () => {
    const event = golden(V2);
    Object.assign(event.request.userAttributes, { role: 'admin', 'custom:role': 'admin' });
    event.request.groupConfiguration.groupsToOverride = ['service_role', 'admin'];
    event.request.groupConfiguration.preferredRole = 'service_role';
    event.request.clientMetadata = { role: 'admin' };
    const { result } = await run(event, APP_ROLES);
    expect(claimsOf(result, 'id')).toEqual({ role: 'authenticated' });
    expect(claimsOf(result, 'access')).toEqual({ role: 'authenticated' });
  });

  it('is taken off the suppressed claims, for there it would win over adding', async () => {
    const { response } = await run(overridden({}, { claimsToSuppress: ['phone_number', 'role'] }));
    const expected = {
      claimsToAddOrOverride: { role: 'authenticated' },
      claimsToSuppress: ['phone_number'],
    };
    expect(response.claimsAndScopeOverrideDetails).toEqual({
      idTokenGeneration: expected,
      accessTokenGeneration: expected,
    });
  });

  it('is overwritten in version 1 too, and in a part of the other version', async () => {
    const event = golden(V1);
    event.response = {
      claimsOverrideDetails: {
        claimsToAddOrOverride: { role: 'admin', plan: 'free' },
        claimsToSuppress: ['role'],
      },
      claimsAndScopeOverrideDetails: overridden({ role: 'admin', plan: 'free' }).response
        .claimsAndScopeOverrideDetails,
    };
    const { response } = await run(event);
    expect(response).toEqual({
      claimsOverrideDetails: {
        claimsToAddOrOverride: { role: 'authenticated', plan: 'free' },
        claimsToSuppress: [],
      },
      claimsAndScopeOverrideDetails: {
        idTokenGeneration: { claimsToAddOrOverride: { plan: 'free' } },
        accessTokenGeneration: { claimsToAddOrOverride: { plan: 'free' } },
      },
    });
  });

  it('is added whether the version is a text or a number', async () => {
    const { result } = await run({ ...golden(V2), version: 2 });
    expect(claimsOf(result, 'access')).toEqual({ role: 'authenticated' });
  });

  it('may stand inside a claim of another function: that is no Postgres role', async () => {
    const tenant = { id: 7, role: 'owner', app_role: 'x' };
    const { result } = await run(overridden({ tenant }));
    expect(claimsOf(result, 'access')).toEqual({ role: 'authenticated', tenant });
  });
});

describe('overrides of other functions', () => {
  it('are kept', async () => {
    const event = golden(V2);
    const groupOverrideDetails = {
      groupsToOverride: ['new-group'],
      iamRolesToOverride: [],
      preferredRole: null,
    };
    event.response.claimsAndScopeOverrideDetails = {
      idTokenGeneration: {
        claimsToAddOrOverride: { family_name: 'Doe', role: 'admin' },
        claimsToSuppress: ['email'],
      },
      accessTokenGeneration: {
        claimsToAddOrOverride: { tier: 3, tags: ['a', { b: true }] },
        scopesToAdd: ['reports/read'],
        scopesToSuppress: ['aws.cognito.signin.user.admin'],
      },
      groupOverrideDetails,
    };
    const { response } = await run(event);
    expect(response.claimsAndScopeOverrideDetails).toStrictEqual({
      idTokenGeneration: {
        claimsToAddOrOverride: { family_name: 'Doe', role: 'authenticated' },
        claimsToSuppress: ['email'],
      },
      accessTokenGeneration: {
        claimsToAddOrOverride: { tier: 3, tags: ['a', { b: true }], role: 'authenticated' },
        scopesToAdd: ['reports/read'],
        scopesToSuppress: ['aws.cognito.signin.user.admin'],
      },
      groupOverrideDetails,
    });
  });

  it.each(['__proto__', 'constructor', 'toString', 'length'])('may be called %s', async (name) => {
    const event = JSON.parse(JSON.stringify(overridden({ NAME: 'x' })).replaceAll('NAME', name));
    const { result } = await run(event);
    expect(Object.entries(claimsOf(result, 'access'))).toEqual([
      [name, 'x'],
      ['role', 'authenticated'],
    ]);
    expect(({} as { x?: string }).x).toBeUndefined();
  });

  it.each([undefined, null, {}, []])('may be %j', async (nothing) => {
    const event = golden(V2);
    event.response.claimsAndScopeOverrideDetails = nothing;
    const { result, warnings } = await run(event);
    expect(claimsOf(result, 'access')).toEqual({ role: 'authenticated' });
    expect(warnings).toEqual([]);
  });
});

describe('app_role', () => {
  it.each([
    ['the only group', ['editors'], 'editors'],
    ['the strongest of several, in any order', ['editors', 'admins'], 'admins'],
    ['no group at all', [], undefined],
    ['another group', ['viewers'], undefined],
    ['a group that contains the name', ['superadmins'], undefined],
    ['a group that is a part of the name', ['admin'], undefined],
    ['other letters', ['Admins'], undefined],
    ['no list', null, undefined],
  ])('for %s', async (_, groups, expected) => {
    const event = golden(V2);
    event.request.groupConfiguration.groupsToOverride = groups;
    const { result } = await run(event, APP_ROLES);
    expect(claimsOf(result, 'id')).toEqual({
      role: 'authenticated',
      ...(expected && { app_role: expected }),
    });
    expect(claimsOf(result, 'access')).toEqual(claimsOf(result, 'id'));
  });

  it('cannot be had by an override, an attribute or metadata', async () => {
    for (const env of [{}, APP_ROLES]) {
      const event = overridden({ app_role: 'admins' });
      event.request.groupConfiguration.groupsToOverride = ['viewers'];
      Object.assign(event.request.userAttributes, { app_role: 'admins', 'custom:app_role': 'x' });
      event.request.clientMetadata = { app_role: 'admins', APP_ROLE_GROUPS: 'viewers' };
      event.response.claimsAndScopeOverrideDetails.groupOverrideDetails = {
        groupsToOverride: ['admins'],
      };
      const { result } = await run(event, env);
      expect(claimsOf(result, 'id')).toStrictEqual({ role: 'authenticated' });
      expect(claimsOf(result, 'access')).toStrictEqual({ role: 'authenticated' });
    }
  });

  it('stays suppressed where another function suppresses it', async () => {
    const event = overridden({}, { claimsToSuppress: ['app_role'] });
    const { response } = await run(event, APP_ROLES);
    expect(response.claimsAndScopeOverrideDetails.accessTokenGeneration.claimsToSuppress).toEqual([
      'app_role',
    ]);
  });
});

describe('email', () => {
  it.each([
    ['verified', { email: 'a@example.com', email_verified: 'true' }, 'a@example.com'],
    ['unverified', { email: 'a@example.com', email_verified: 'false' }, undefined],
    ['without a word on that', { email: 'a@example.com' }, undefined],
    ['verified in other letters', { email: 'a@example.com', email_verified: 'True' }, undefined],
    ['missing', { email_verified: 'true' }, undefined],
  ])('%s', async (_, attributes, expected) => {
    const event = golden(V2);
    event.request.userAttributes = attributes;
    const { result } = await run(event, { EMAIL_CLAIM: 'true' });
    expect(claimsOf(result, 'id')).toStrictEqual({ role: 'authenticated' });
    expect(claimsOf(result, 'access')).toStrictEqual({
      role: 'authenticated',
      ...(expected && { email: expected }),
    });
  });
});
