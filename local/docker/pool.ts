/** Which user pool signs the tokens: the emulator, or a pool on AWS that the environment names. */
import { KitError } from '@cognito-supabase/contract/errors';
import type { StackEnv } from '@cognito-supabase/contract/settings';
import type { PoolEnv } from '../steps.ts';

const NAMES = ['COGNITO_USER_POOL_ID', 'COGNITO_REGION', 'COGNITO_CLIENT_ID'] as const;

type Environment = Readonly<Record<string, string | undefined>>;

/** AWS's regions have at least three parts (us-east-1), the emulator's has two (local-1). */
const isAwsRegion = (region: string): boolean => /^[a-z]{2}(-[a-z]+)+-\d+$/.test(region);

/**
 * The pool on AWS that the environment names; undefined where it names none, or names the emulator,
 * as it does in a shell that has read a stack.env.
 *
 * @throws KitError SETTING_MISSING where only some of the three variables are set, SETTING_INVALID
 * where they do not fit each other
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
    const message = `COGNITO_USER_POOL_ID ${pool} is no pool of COGNITO_REGION ${region}`;
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

/** Whether a stack's pool is on AWS: no demo users, no mail codes, no address for the web app. */
export const isOnAws = ({ COGNITO_ENDPOINT }: Pick<StackEnv, 'COGNITO_ENDPOINT'>): boolean =>
  COGNITO_ENDPOINT.startsWith('https://cognito-idp.');
