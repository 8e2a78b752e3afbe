/** Checks that an update did what was planned, and nothing else. */
import { isDeepStrictEqual } from 'node:util';
import type { LambdaConfigType, UserPoolType } from '@aws-sdk/client-cognito-identity-provider';
import { KitError } from '@cognito-supabase/contract/errors';
import { ownTags } from './former.ts';
import { type Changes, type PoolState, SETTINGS } from './pool.ts';

/** AWS may also show the function in the older setting. If both are set, they are the same. */
const normal = (lambdas: LambdaConfigType = {}): LambdaConfigType => {
  const { PreTokenGeneration, ...rest } = lambdas;
  return rest.PreTokenGenerationConfig || !PreTokenGeneration ? rest : lambdas;
};

/**
 * The older name for the lifetime of a temporary password. It is not sent, and may be in the answer or
 * not.
 */
const withoutOlderName = (name: string, value: unknown): unknown =>
  name === 'AdminCreateUserConfig' && value
    ? { ...value, UnusedAccountValidityDays: undefined }
    : value;

/** Names of the settings that have changed, except those that should change. */
const changed = (before: UserPoolType, after: UserPoolType): string[] =>
  ['Name' as const, ...SETTINGS].filter(
    (name) =>
      name !== 'LambdaConfig' &&
      name !== 'UserPoolTags' &&
      !isDeepStrictEqual(withoutOlderName(name, before[name]), withoutOlderName(name, after[name])),
  );

/** @throws KitError `ATTACH_INCOMPLETE` naming what differs */
export function verify(before: PoolState, after: PoolState, { lambdas, tags }: Changes): void {
  const wrong = changed(before.pool, after.pool);
  if (!isDeepStrictEqual(normal(after.pool.LambdaConfig), normal(lambdas))) {
    wrong.push('LambdaConfig');
  }
  if (!isDeepStrictEqual(ownTags(after.pool.UserPoolTags), { ...tags })) wrong.push('UserPoolTags');
  if (!isDeepStrictEqual(before.mfa, after.mfa)) wrong.push('second factors');
  if (!wrong.length) return;
  throw new KitError(
    'ATTACH_INCOMPLETE',
    `after the update the pool differs from what was planned: ${wrong.join(', ')}`,
    'Somebody may have changed it meanwhile, or AWS did not accept all of it. Compare in the console.',
  );
}
