/** The user pool as its administrator has it. */
import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import type { StackEnv } from '@cognito-supabase/contract/settings';

/** A client of the pool's API. An emulator asks for a signature, but not for whose it is. */
export const poolClient = (stack: StackEnv): CognitoIdentityProviderClient =>
  new CognitoIdentityProviderClient({
    region: stack.COGNITO_REGION,
    endpoint: stack.COGNITO_ENDPOINT,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
