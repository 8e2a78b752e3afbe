import { describe, expect, it } from 'vitest';
import { frozen, GOLDEN, golden, run } from './golden.ts';

const PEOPLE = [
  'HostedAuth',
  'Authentication',
  'NewPasswordChallenge',
  'AuthenticateDevice',
  'RefreshTokens',
];

/** With every setting. */
const ENV = {
  APP_ROLE_GROUPS: 'admins, editors',
  EMAIL_CLAIM: 'true',
  MACHINE_CLAIMS: '{"2example23456789abcdefghij":{"service":"reports"}}',
};

/** The claims besides `role` for each person of the golden events. */
const EXTRA: Record<string, { app_role?: string; email?: string }> = {
  HostedAuth: {}, // Google says their email is not verified
  Authentication: { app_role: 'admins', email: 'jane.doe@example.com' },
  NewPasswordChallenge: { email: 'kim.poe@example.com' },
  AuthenticateDevice: { app_role: 'editors', email: 'jane.doe@example.com' },
  RefreshTokens: { app_role: 'editors', email: 'jane.doe@example.com' },
};

const role = 'authenticated';
const add = (claims: object) => ({ claimsToAddOrOverride: claims });
const fileOf = (version: string, source: string) =>
  `v${version}${source.replace(/([A-Z])/g, (letter) => `-${letter.toLowerCase()}`)}`;

describe.each(['1', '2', '3'])('version %s', (version) => {
  describe.each(PEOPLE)('%s', (source) => {
    const event = () => golden(fileOf(version, source));

    it('has the type of its name', () => {
      expect(event()).toMatchObject({ version, triggerSource: `TokenGeneration_${source}` });
    });

    it('adds role and nothing else where nothing is configured', async () => {
      const { response, warnings } = await run(event());
      expect(response).toStrictEqual(
        version === '1'
          ? { claimsOverrideDetails: add({ role }) }
          : {
              claimsAndScopeOverrideDetails: {
                idTokenGeneration: add({ role }),
                accessTokenGeneration: add({ role }),
              },
            },
      );
      expect(warnings).toEqual([]);
    });

    it('adds the configured claims', async () => {
      const { email, ...both } = EXTRA[source] ?? {};
      const { response, warnings, atStart } = await run(event(), ENV);
      expect(response).toStrictEqual(
        version === '1'
          ? { claimsOverrideDetails: add({ role, ...both }) }
          : {
              claimsAndScopeOverrideDetails: {
                idTokenGeneration: add({ role, ...both }),
                accessTokenGeneration: add({ role, ...both, ...(email && { email }) }),
              },
            },
      );
      expect([...atStart, ...warnings]).toEqual([]);
    });
  });
});

describe('machine clients', () => {
  const event = () => golden('v3-client-credentials');

  it('get nothing where nothing is configured', async () => {
    const { result, warnings } = await run(event());
    expect(result).toStrictEqual(event());
    expect(warnings).toEqual([]);
  });

  it('get their configured claims on the access token', async () => {
    const { response, warnings } = await run(event(), ENV);
    expect(response).toStrictEqual({
      claimsAndScopeOverrideDetails: { accessTokenGeneration: add({ service: 'reports' }) },
    });
    expect(warnings).toEqual([]);
  });
});

describe.each(GOLDEN)('%s', (name) => {
  it('is left as it was, frozen or not, and comes back with another response only', async () => {
    const { result } = await run(frozen(golden(name)), ENV);
    expect({ ...result, response: golden(name).response }).toStrictEqual(golden(name));
  });
});

it('has an event for every version and trigger source there is', () => {
  expect(GOLDEN).toEqual(
    [
      ...['1', '2', '3'].flatMap((version) => PEOPLE.map((source) => fileOf(version, source))),
      'v3-client-credentials',
    ].sort(),
  );
});
