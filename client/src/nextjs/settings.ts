/** The settings of a Next.js app, from its environment. */
import { type AppSettings, required } from '../app-settings.ts';

declare const process: { readonly env: Readonly<Record<string, string | undefined>> };

/** @throws If a variable is missing. */
export function readSettings(): AppSettings {
  // Next.js replaces these expressions in the code for browsers, so each name is written out.
  const endpoint = process.env.NEXT_PUBLIC_COGNITO_ENDPOINT;
  return {
    url: required('NEXT_PUBLIC_SUPABASE_URL', process.env.NEXT_PUBLIC_SUPABASE_URL),
    publishableKey: required(
      'NEXT_PUBLIC_SUPABASE_PUBLISHABLE_KEY',
      process.env.NEXT_PUBLIC_SUPABASE_PUBLISHABLE_KEY,
    ),
    userPoolId: required(
      'NEXT_PUBLIC_COGNITO_USER_POOL_ID',
      process.env.NEXT_PUBLIC_COGNITO_USER_POOL_ID,
    ),
    clientId: required('NEXT_PUBLIC_COGNITO_CLIENT_ID', process.env.NEXT_PUBLIC_COGNITO_CLIENT_ID),
    ...(endpoint && { endpoint }),
  };
}
