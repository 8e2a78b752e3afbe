/** The user pool with the rights of an administrator. */
import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import type { StackEnv } from '@cognito-supabase/contract/settings';

/** A client of the pool's API. An emulator does not check whose signature it is. */
export const poolClient = (stack: StackEnv): CognitoIdentityProviderClient =>
  new CognitoIdentityProviderClient({
    region: stack.COGNITO_REGION,
    endpoint: stack.COGNITO_ENDPOINT,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
