import { describe, expect, it } from 'vitest';
import { claimsOf, golden, run } from './golden.ts';

const CLIENT = '2example23456789abcdefghij';
const machineEvent = () => golden('v3-client-credentials');
const configured = (claims: unknown, client = CLIENT) => ({
  MACHINE_CLAIMS: JSON.stringify({ [client]: claims }),
});

describe('a machine client', () => {
  it('gets the claims of its scope if its client has none', async () => {
    const event = machineEvent();
    event.request.scopes = ['api/other', 'api/rows:read'];
    const byScope = { 'api/rows:read': { role: 'authenticated' } };
    const { result } = await run(event, { MACHINE_CLAIMS: JSON.stringify(byScope) });
    expect(claimsOf(result, 'access')).toEqual({ role: 'authenticated' });
    const own = { ...byScope, [CLIENT]: { org: 'x' } };
    const both = await run(event, { MACHINE_CLAIMS: JSON.stringify(own) });
    expect(claimsOf(both.result, 'access')).toEqual({ org: 'x' });
  });

  it.each([[undefined], [null], [[]], [['__proto__', 'constructor', 'toString']]])(
    'gets nothing for the scopes %j',
    async (scopes) => {
      const event = machineEvent();
      event.request.scopes = scopes;
      const { result } = await run(event, configured({ role: 'authenticated' }, 'another'));
      expect(claimsOf(result, 'access')).toBeUndefined();
    },
  );

  it('gets role if its configuration has authenticated', async () => {
    const { result } = await run(machineEvent(), configured({ role: 'authenticated' }));
    expect(claimsOf(result, 'access')).toEqual({ role: 'authenticated' });
    expect(claimsOf(result, 'id')).toBeUndefined();
  });

  it.each(['admin', 'service_role', ['authenticated'], true])(
    'does not get the role %j, configured or not',
    async (role) => {
      const event = machineEvent();
      event.response.claimsAndScopeOverrideDetails = {
        accessTokenGeneration: { claimsToAddOrOverride: { role, tier: 1 } },
      };
      const plain = await run(event);
      expect(claimsOf(plain.result, 'access')).toEqual({ tier: 1 });
      const withClaims = await run(event, configured({ role, org: 'x' }));
      expect(claimsOf(withClaims.result, 'access')).toEqual({ tier: 1, org: 'x' });
    },
  );

  it('does not get role: authenticated from an override either', async () => {
    const event = machineEvent();
    event.response.claimsAndScopeOverrideDetails = {
      accessTokenGeneration: { claimsToAddOrOverride: { role: 'authenticated', app_role: 'x' } },
    };
    const { result } = await run(event, configured({ org: 'x' }));
    expect(claimsOf(result, 'access')).toEqual({ org: 'x' });
  });

  it('gets no claim of a person, even from an event that describes one', async () => {
    const event = machineEvent();
    event.request.userAttributes = { email: 'a@example.com', email_verified: 'true' };
    event.request.groupConfiguration = { groupsToOverride: ['admins'] };
    const { result } = await run(event, {
      ...configured({ org: 'x' }),
      APP_ROLE_GROUPS: 'admins',
      EMAIL_CLAIM: 'true',
    });
    expect(claimsOf(result, 'access')).toEqual({ org: 'x' });
  });

  it('keeps the scopes and claims that another function added', async () => {
    const event = machineEvent();
    event.response.claimsAndScopeOverrideDetails = {
      accessTokenGeneration: {
        claimsToAddOrOverride: { tier: 1, org: 'old' },
        claimsToSuppress: ['x'],
        scopesToAdd: ['reports/all'],
      },
    };
    const { response } = await run(event, configured({ org: { id: 7, tags: ['a'] } }));
    expect(response.claimsAndScopeOverrideDetails).toEqual({
      accessTokenGeneration: {
        claimsToAddOrOverride: { tier: 1, org: { id: 7, tags: ['a'] } },
        claimsToSuppress: ['x'],
        scopesToAdd: ['reports/all'],
      },
    });
  });

  it.each(['1example23456789abcdefghij', '', 'constructor', '__proto__', 'toString'])(
    'called %j gets no claim of another one',
    async (clientId) => {
      const event = machineEvent();
      event.callerContext.clientId = clientId;
      const { result } = await run(event, configured({ org: 'x' }));
      expect(claimsOf(result, 'access') ?? {}).toEqual({});
    },
  );

  it('gets nothing, and people the same as ever, where its claims are no object', async () => {
    const env = configured('org');
    const { result, warnings } = await run(machineEvent(), env);
    expect(result).toEqual(machineEvent());
    expect(warnings).toEqual(['cannot read TokenGeneration_ClientCredentials 3']);
    const person = await run(golden('v3-authentication'), env);
    expect(claimsOf(person.result, 'access')).toEqual({ role: 'authenticated' });
  });
});

it('is no person, and a person is no machine', async () => {
  const person = golden('v3-authentication');
  person.callerContext.clientId = CLIENT;
  const { result } = await run(person, configured({ org: 'x' }));
  expect(claimsOf(result, 'access')).toEqual({ role: 'authenticated' });
});
