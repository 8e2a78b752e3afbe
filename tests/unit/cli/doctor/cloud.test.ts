/** What doctor makes of AWS if some calls are refused, as for a narrow role or things of another account. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Aws, openAws } from '../../../../cli/doctor/access/aws.ts';
import type { Check } from '../../../../cli/doctor/check.ts';
import { alarms, functions, pool } from '../../../../cli/doctor/checks/cloud.ts';
import { functionCode } from '../../../../cli/doctor/checks/function-code.ts';
import { diagnose } from '../../../../cli/doctor/engine.ts';
import { fetchJwks, get } from '../../../../cli/token/issuer.ts';
import {
  alarmsOf,
  type Reply,
  type Respond,
  type StandIn,
  startStandIn,
} from '../../../support/doctor-world.ts';

const POOL = 'eu-central-1_a1B2c3D4e';
const arnOf = (name: string, account = '123456789012') =>
  `arn:aws:lambda:eu-central-1:${account}:function:${name}`;
const THEIRS = arnOf('theirs', '210987654321');
const GONE = arnOf('gone');

const refusal = (status: number, type: string): Reply => ({
  ...{ status, body: { Message: 'of the test' } },
  headers: { 'content-type': 'application/json', 'x-amzn-errortype': type },
});

/** A pool whose functions are another account's, which it may not describe, and one that is gone. */
const withPool: Respond = ({ url = '', headers }) => {
  if (String(headers['x-amz-target']).endsWith('DescribeUserPool'))
    return {
      body: { UserPool: { Id: POOL, LambdaConfig: { PreSignUp: THEIRS, PostConfirmation: GONE } } },
    };
  return url.includes('theirs')
    ? refusal(403, 'AccessDeniedException')
    : refusal(404, 'ResourceNotFoundException');
};

const withoutPool: Respond = () => refusal(400, 'ResourceNotFoundException');

const ALARM = { Namespace: 'AWS/Cognito', Dimensions: [{ Name: 'UserPool', Value: POOL }] };

/** The topic is not to be described. */
const watching: Respond = (request, body) => {
  const all = [
    { ...ALARM, AlarmName: 'silent', AlarmActions: [] },
    { ...ALARM, AlarmName: 'loud', AlarmActions: ['arn:aws:sns:eu-central-1:1:topic'] },
  ];
  if (body.includes('Action=GetTopicAttributes')) return { status: 403 };
  return alarmsOf(all, 1)(request, body);
};

let server: StandIn;
let watch: StandIn;
let aws: Aws;

beforeAll(async () => {
  process.env.AWS_ACCESS_KEY_ID ??= 'of-the-test';
  process.env.AWS_SECRET_ACCESS_KEY ??= 'of-the-test';
  [server, watch] = await Promise.all([startStandIn(withPool), startStandIn(watching)]);
  const places = { endpoint: server.url, alarmsEndpoint: watch.url };
  aws = openAws({ poolId: POOL, region: 'eu-central-1', ...places });
});
afterAll(async () => {
  aws.close();
  await Promise.all([server.close(), watch.close()]);
});

const run = async (checks: readonly Check[], more: object = {}) => {
  const context = { env: {}, get, fetchJwks, now: Date.now, aws, ...more };
  const named = new Map([['aws', '--pool']] as const);
  const { findings, unseen, unusable } = await diagnose(checks, { ...context, named });
  return {
    found: findings.map(({ id, place }) => `${id} ${place}`),
    reasons: unseen.map(({ reason }) => reason),
    unusable: unusable.map(({ name }) => name),
  };
};

test('a function of another account does not hide one that is gone', async () => {
  expect(await run([functions])).toEqual({
    found: [`function-missing ${GONE}`],
    reasons: [expect.stringMatching(/^theirs: /)],
    unusable: [],
  });
});

test('a topic that may not be described does not hide an alarm that tells nobody', async () => {
  expect(await run([alarms])).toEqual({
    found: ['alarm-without-action silent'],
    reasons: [expect.stringMatching(/^arn:aws:sns:eu-central-1:1:topic: /)],
    unusable: [],
  });
});

test('a pool of another account is no finding, and nothing of it counts as seen', async () => {
  server.respond = withoutPool;
  const issuer = `https://cognito-idp.eu-central-1.amazonaws.com/${POOL}`;
  const all = [pool, functions, functionCode, alarms];
  const keys = { issuer, fetchJwks: async () => ({ keys: [] }) };
  const { found, reasons, unusable } = await run(all, keys);
  expect(found).toEqual([]);
  expect(reasons[0]).toBe('the pool is there, and not in the account of these credentials');
  expect(reasons).toHaveLength(4);
  expect(unusable).toEqual(['--pool']);
  const offline = async (): Promise<never> => {
    throw new Error('of the test: there is no such pool');
  };
  expect((await run(all, { issuer, fetchJwks: offline })).found).toEqual([`pool-missing ${POOL}`]);
  // The keys of another pool say nothing.
  const other = { ...keys, issuer: issuer.replace(POOL, 'eu-central-1_Other') };
  expect((await run(all, other)).found).toEqual([`pool-missing ${POOL}`]);
  server.respond = withPool;
});
