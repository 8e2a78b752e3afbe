/** The pre-token trigger: one that does not come back, and the versions of its event. */
import {
  type LambdaConfigType,
  UpdateUserPoolCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { PreTokenEvent } from '../../../../local/cognito/server.ts';
import { askTrigger } from '../../../../local/cognito/triggers/pre-token.ts';
import { addUser, POOL, REGION, signIn, type TestPool, usePool } from './support.ts';

afterEach(() => void vi.useRealTimers());

test('a trigger that takes longer than 5 seconds refuses the sign-in', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const outcome = askTrigger(() => new Promise(() => undefined), {} as PreTokenEvent).catch(
    (error: unknown) => error,
  );
  await vi.advanceTimersByTimeAsync(4999);
  expect(vi.getTimerCount()).toBe(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(await outcome).toMatchObject({ code: 'UnexpectedLambdaException' });
});

test('a trigger that answers leaves no timer behind', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  await askTrigger((event) => event, { response: {} } as PreTokenEvent);
  expect(vi.getTimerCount()).toBe(0);
});

test('changes of the event by the handler stay in that event', async () => {
  const event = { request: { scopes: ['a'] }, response: {} } as unknown as PreTokenEvent;
  await askTrigger((copy: PreTokenEvent) => {
    copy.request.scopes?.push('b');
    return copy;
  }, event);
  expect(event.request.scopes).toEqual(['a']);
});

describe('versions of the event', () => {
  const setVersion = (pool: TestPool, LambdaConfig: LambdaConfigType) =>
    pool.aws.send(
      new UpdateUserPoolCommand({
        UserPoolId: POOL,
        AutoVerifiedAttributes: ['email'],
        LambdaConfig,
      }),
    );
  const arn = `arn:aws:lambda:${REGION}:000000000000:function:PreTokenGeneration`;

  test('1 has no scopes, and changes the ID token and the groups', async () => {
    const events: PreTokenEvent[] = [];
    const pool = await usePool({
      preToken: (event) => {
        events.push(structuredClone(event));
        const claimsOverrideDetails = {
          claimsToAddOrOverride: { plan: 'gold' },
          claimsToSuppress: ['email'],
          groupOverrideDetails: { groupsToOverride: ['readers'] },
        };
        return { ...event, response: { claimsOverrideDetails } };
      },
    });
    await setVersion(pool, { PreTokenGeneration: arn });
    const { access, id } = await signIn(pool, await addUser(pool));
    expect(events[0]).toMatchObject({
      version: '1',
      triggerSource: 'TokenGeneration_Authentication',
      response: { claimsOverrideDetails: null },
    });
    expect(events[0]?.request).not.toHaveProperty('scopes');
    expect(id).toMatchObject({ plan: 'gold', 'cognito:groups': ['readers'] });
    expect(id).not.toHaveProperty('email');
    expect(access).toMatchObject({ 'cognito:groups': ['readers'] });
    expect(access).not.toHaveProperty('plan');
  });

  test('1 takes texts only as claims', async () => {
    const pool = await usePool({
      preToken: (event) => ({
        ...event,
        response: { claimsOverrideDetails: { claimsToAddOrOverride: { plan: { name: 'gold' } } } },
      }),
    });
    await setVersion(pool, { PreTokenGenerationConfig: { LambdaArn: arn, LambdaVersion: 'V1_0' } });
    await expect(signIn(pool, await addUser(pool))).rejects.toMatchObject({
      name: 'InvalidLambdaResponseException',
    });
  });

  test.each([
    ['V2_0', '2'],
    ['V3_0', '3'],
  ] as const)('%s changes both tokens', async (LambdaVersion, version) => {
    const versions: string[] = [];
    const pool = await usePool({
      preToken: (event) => {
        versions.push(event.version);
        const change = { claimsToAddOrOverride: { role: 'authenticated' } };
        const claimsAndScopeOverrideDetails = {
          idTokenGeneration: change,
          accessTokenGeneration: change,
        };
        return { ...event, response: { claimsAndScopeOverrideDetails } };
      },
    });
    await setVersion(pool, { PreTokenGenerationConfig: { LambdaArn: arn, LambdaVersion } });
    const { access, id } = await signIn(pool, await addUser(pool));
    expect([access.role, id.role]).toEqual(['authenticated', 'authenticated']);
    expect(versions).toEqual([version]);
  });
});
