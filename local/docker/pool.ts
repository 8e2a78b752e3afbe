/** The user pool that signs the tokens: the emulator, or a pool on AWS from the environment. */
import { KitError } from '@cognito-supabase/contract/errors';
import type { StackEnv } from '@cognito-supabase/contract/settings';
import type { PoolEnv } from '../steps.ts';

const NAMES = ['COGNITO_USER_POOL_ID', 'COGNITO_REGION', 'COGNITO_CLIENT_ID'] as const;

type Environment = Readonly<Record<string, string | undefined>>;

/** Regions of AWS have at least three parts (us-east-1). The emulator's has two (local-1). */
const isAwsRegion = (region: string): boolean => /^[a-z]{2}(-[a-z]+)+-\d+$/.test(region);

/**
 * The pool on AWS from the environment; undefined if there is none, or if it is the emulator, as in a
 * shell that has read a stack.env.
 *
 * @throws KitError SETTING_MISSING if only some of the three variables are set, SETTING_INVALID if they
 *   contradict each other
 */
export function realPool(environment: Environment): PoolEnv | undefined {
  const { COGNITO_REGION: region = '', COGNITO_USER_POOL_ID: pool = '' } = environment;
  const clientId = environment.COGNITO_CLIENT_ID ?? '';
  const missing = NAMES.filter((name) => !environment[name]);
  if (missing.length === NAMES.length || (region && !isAwsRegion(region))) return undefined;
  const both =
    'set all three of COGNITO_USER_POOL_ID, COGNITO_REGION and COGNITO_CLIENT_ID for a pool on AWS, or none of them for the emulator';
  if (missing.length > 0) {
    throw new KitError('SETTING_MISSING', `${missing.join(' and ')} not set`, both);
  }
  if (!pool.startsWith(`${region}_`) || !/^[\w-]+$/.test(pool)) {
    const message = `COGNITO_USER_POOL_ID ${pool} is not a pool of COGNITO_REGION ${region}`;
    throw new KitError('SETTING_INVALID', message, both);
  }
  const endpoint = `https://cognito-idp.${region}.amazonaws.com`;
  return {
    COGNITO_ENDPOINT: endpoint,
    COGNITO_ISSUER: `${endpoint}/${pool}`,
    COGNITO_REGION: region,
    COGNITO_USER_POOL_ID: pool,
    COGNITO_CLIENT_ID: clientId,
  };
}

/**
 * Whether a stack's pool is on AWS. Then there are no demo users, no mail codes, and no endpoint for the
 * web app.
 */
export const isOnAws = ({ COGNITO_ENDPOINT }: Pick<StackEnv, 'COGNITO_ENDPOINT'>): boolean =>
  COGNITO_ENDPOINT.startsWith('https://cognito-idp.');
