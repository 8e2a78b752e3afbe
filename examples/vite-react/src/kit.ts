import { createCognitoSupabase } from '@cognito-supabase/client';
import { amplifyAuth } from '@cognito-supabase/client/amplify';
import { Amplify } from 'aws-amplify';

const env = import.meta.env;
Amplify.configure({
  Auth: {
    Cognito: {
      userPoolId: env.VITE_USER_POOL_ID,
      userPoolClientId: env.VITE_USER_POOL_CLIENT_ID,
      // For the stack on this machine only. Without it, the region of the pool says where Cognito is.
      ...(env.VITE_USER_POOL_ENDPOINT && { userPoolEndpoint: env.VITE_USER_POOL_ENDPOINT }),
    },
  },
});

export const kit = createCognitoSupabase({
  url: env.VITE_SUPABASE_URL,
  publishableKey: env.VITE_SUPABASE_PUBLISHABLE_KEY,
  auth: amplifyAuth(),
});
