import { describe, expect, it } from 'vitest';
import { PRE_TOKEN_ENV } from '../../../../contract/settings.ts';
import { type PreTokenEnv, readSettings } from '../../../../functions/pre-token/settings.ts';

function read(env: PreTokenEnv) {
  const warnings: string[] = [];
  // A `warn` that returns something must not change what is read.
  const settings = readSettings(env, (warning) => warnings.push(warning));
  const machineClaims = Object.fromEntries(settings.machineClaims);
  return { ...settings, machineClaims, warnings };
}

const NONE = { appRoleGroups: [], emailClaim: false, machineClaims: {}, warnings: [] };

it('reads the variables that the contract names, and no other', () => {
  const asked = new Set<string>();
  readSettings(new Proxy({}, { get: (_, name) => void asked.add(String(name)) }), () => {});
  expect([...asked].sort()).toEqual(Object.values(PRE_TOKEN_ENV).sort());
});

it.each([
  ['an empty environment', {}],
  ['empty variables', { EMAIL_CLAIM: '', MACHINE_CLAIMS: '' }],
])('%s configures nothing', (_, env) => {
  expect(read(env)).toEqual(NONE);
});

describe('APP_ROLE_GROUPS', () => {
  it.each([
    ['admins', ['admins']],
    ['admins,editors', ['admins', 'editors']],
    ['admins , editors,\n viewers', ['admins', 'editors', 'viewers']],
    ['team-a:lead,équipe', ['team-a:lead', 'équipe']],
  ])('%j', (value, groups) => {
    expect(read({ APP_ROLE_GROUPS: value })).toEqual({ ...NONE, appRoleGroups: groups });
  });

  it.each(['', ' ', ',', 'admins,'])('%j names no group by the name of nothing', (value) => {
    const groups = read({ APP_ROLE_GROUPS: value }).appRoleGroups;
    expect(groups).toEqual(value === 'admins,' ? ['admins'] : []);
  });
});

describe('EMAIL_CLAIM', () => {
  it('is true or false', () => {
    expect(read({ EMAIL_CLAIM: 'true' })).toEqual({ ...NONE, emailClaim: true });
    expect(read({ EMAIL_CLAIM: 'false' })).toEqual(NONE);
  });

  it.each(['TRUE', 'yes', '1', ' true', 'constructor'])('%j is ignored with a warning', (value) => {
    expect(read({ EMAIL_CLAIM: value })).toEqual({
      ...NONE,
      warnings: ['EMAIL_CLAIM takes true/false'],
    });
  });
});

describe('MACHINE_CLAIMS', () => {
  it('keeps the claims of each client, of any type', () => {
    const claims = {
      a: { role: 'authenticated', app_role: 'x', aud: 'a', nested: { list: [1, 'b', null] } },
      b: { subject: 1, scopes: 'not scope', expires: true },
    };
    const { machineClaims, warnings } = read({ MACHINE_CLAIMS: JSON.stringify(claims) });
    expect(machineClaims).toEqual(claims);
    expect(warnings).toEqual([]);
  });

  it.each(['{', 'org=x', '"x"', '7', 'true', "{'a':{}}"])(
    '%j is ignored, with a warning',
    (value) => {
      expect(read({ MACHINE_CLAIMS: value, EMAIL_CLAIM: 'true' })).toEqual({
        ...NONE,
        emailClaim: true,
        warnings: ['MACHINE_CLAIMS takes a JSON object'],
      });
    },
  );

  const reserved =
    'sub iss exp iat nbf jti origin_jti token_use client_id username version event_id device_key auth_time acr amr azp nonce at_hash identities scope cognito:username cognito:groups cognito:anything';

  it.each(reserved.split(' '))('drops %s, which Cognito reserves', (name) => {
    const value = JSON.stringify({ a: { [name]: 'x', org: 'x', deep: { [name]: 1, kept: 2 } } });
    const { machineClaims, warnings } = read({ MACHINE_CLAIMS: value });
    expect(machineClaims).toEqual({ a: { org: 'x', deep: { kept: 2 } } });
    expect(warnings).toEqual([`MACHINE_CLAIMS drops ${name}`, `MACHINE_CLAIMS drops ${name}`]);
  });

  it.each(['admin', 'Authenticated', '', null, 1, ['authenticated'], { x: 1 }])(
    'drops the role %j',
    (role) => {
      const value = JSON.stringify({ a: { role, org: 'x' }, b: { role: 'authenticated' } });
      const { machineClaims, warnings } = read({ MACHINE_CLAIMS: value });
      expect(machineClaims).toEqual({ a: { org: 'x' }, b: { role: 'authenticated' } });
      expect(warnings).toEqual(['MACHINE_CLAIMS drops role']);
    },
  );

  it('repeats no value in a warning', () => {
    const { warnings } = read({
      EMAIL_CLAIM: 's3cret',
      MACHINE_CLAIMS: '{"s3cret":{"sub":"s3cret","role":"s3cret"}}',
    });
    expect(warnings).toHaveLength(3);
    expect(warnings.join()).not.toContain('s3cret');
  });
});
