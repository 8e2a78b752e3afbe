/** What doctor makes of answers of a hosted project that are odd or hostile. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type HostedSettings, openHosted } from '../../../../cli/doctor/access/hosted.ts';
import type { Check } from '../../../../cli/doctor/check.ts';
import { dataApiSettings, deployedFunctions } from '../../../../cli/doctor/checks/hosted.ts';
import { registration } from '../../../../cli/doctor/checks/registration.ts';
import { diagnose } from '../../../../cli/doctor/engine.ts';
import { fetchJwks, get } from '../../../../cli/token/issuer.ts';
import {
  deployedFunction,
  type HostedAnswers,
  hostedOf,
  registrationOf,
  type StandIn,
  type StandInIssuer,
  startIssuer,
  startStandIn,
} from '../../../support/doctor-world.ts';

let management: StandIn;
let issuer: StandInIssuer;
let hosted: HostedSettings;
let right: HostedAnswers;

beforeAll(async () => {
  [management, issuer] = await Promise.all([startStandIn(() => undefined), startIssuer()]);
  hosted = openHosted({
    ...{ project: 'abcdefghijklmnopqrst', accessToken: 'of-the-test', endpoint: management.url },
  });
  right = { registrations: [], auth: {}, functions: [], schemas: 'public' };
});
beforeEach(() => {
  issuer.server.respond = issuer.right;
});
afterAll(() => Promise.all([management.close(), issuer.close()]));

const run = async (check: Check, answers: Partial<HostedAnswers>) => {
  management.respond = hostedOf({ ...right, ...answers });
  const context = { env: {}, get, fetchJwks, now: Date.now, hosted, issuer: issuer.issuer };
  const { findings, unseen } = await diagnose([check], context);
  return { ids: findings.map(({ id }) => id), reasons: unseen.map(({ reason }) => reason) };
};

const registered = (more: object, ...others: readonly object[]) =>
  run(registration, { registrations: [registrationOf(issuer.issuer, more), ...others] });

test.each(['text', 7, { keys: 'none' }, { keys: [{ kid: 7 }] }, { keys: [null] }])(
  'resolved keys %j cannot be seen',
  async (resolved_jwks) => {
    expect(await registered({ resolved_jwks })).toEqual({
      ids: [],
      reasons: ['the keys of the registration have another form'],
    });
  },
);

test('keys of the issuer that cannot be read leave the other findings', async () => {
  issuer.server.respond = () => ({ status: 500 });
  const other = registrationOf('https://example.com');
  expect(await registered({ resolved_jwks: { keys: [] } }, other)).toEqual({
    ids: ['third-party-several'],
    reasons: ['the keys of the issuer cannot be read'],
  });
});

test('one current key is enough, and none yet is no finding', async () => {
  const { keys } = await fetchJwks(issuer.issuer);
  const resolved_jwks = { keys: [{ kty: 'RSA', kid: 'replaced', n: 'AQAB', e: 'AQAB' }, ...keys] };
  expect(await registered({ resolved_jwks })).toEqual({ ids: [], reasons: [] });
  expect(await registered({})).toEqual({ ids: [], reasons: [] });
});

test('a key with the id of the issuer and another modulus is none of its keys', async () => {
  const [key] = (await fetchJwks(issuer.issuer)).keys;
  const forged = { keys: [{ ...key, n: 'AQAB' }] };
  expect((await registered({ resolved_jwks: forged })).ids).toEqual(['third-party-keys-stale']);
});

test('the keys of the issuer by their URL are the issuer', async () => {
  const jwks_url = `${issuer.issuer}/.well-known/jwks.json`;
  const byUrl = (more: object) =>
    run(registration, { registrations: [registrationOf(null, { jwks_url, ...more })] });
  expect((await byUrl({})).ids).toEqual([]);
  expect((await registered({ jwks_url })).ids).toEqual([]);
  expect((await registered({ custom_jwks: { keys: [] } })).ids).toEqual([]);
  expect((await byUrl({ custom_jwks: 'keys' })).ids).toEqual(['third-party-own-keys']);
});

test('where another issuer has its keys is not judged', async () => {
  const other = registrationOf('https://example.com/', { jwks_url: 'https://keys.example.com/' });
  expect((await registered({}, other)).ids).toEqual(['third-party-several']);
});

test.each(['$(id)', 'a b', '../x', ''])('a function %j cannot be seen', async (slug) => {
  const { ids, reasons } = await run(deployedFunctions, {
    functions: [deployedFunction(slug, { verify_jwt: true })],
  });
  expect(ids).toEqual([]);
  expect(reasons).toEqual([expect.stringContaining('in another form')]);
});

test.each([
  ['public , cognito_audit', ['project-exposes-schema']],
  ['', []],
  ['public', []],
])('exposed schemas %j', async (schemas, ids) => {
  expect((await run(dataApiSettings, { schemas })).ids).toEqual(ids);
});

test('a project that refuses the access token cannot be seen', async () => {
  const refused = openHosted({
    ...{ project: 'abcdefghijklmnopqrst', accessToken: 'another', endpoint: management.url },
  });
  management.respond = hostedOf(right);
  const context = { env: {}, get, fetchJwks, now: Date.now, issuer: issuer.issuer };
  const checks = [registration, deployedFunctions, dataApiSettings];
  const { findings, unseen } = await diagnose(checks, { ...context, hosted: refused });
  expect(findings).toEqual([]);
  expect(unseen).toHaveLength(3);
});
