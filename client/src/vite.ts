/** A Vite app in which people sign in with Amplify. */
import { Amplify } from 'aws-amplify';
import { amplifyAuth } from './adapters/amplify.ts';
import { type AppSettings, amplifyConfig, required } from './app-settings.ts';
import { type AnyDatabase, type CognitoSupabase, createCognitoSupabase } from './create.ts';

/**
 * Configures Amplify, and makes the client and the session, from the variables of the app: `VITE_SUPABASE_URL`,
 * `VITE_SUPABASE_PUBLISHABLE_KEY`, `VITE_COGNITO_USER_POOL_ID`, `VITE_COGNITO_CLIENT_ID`, and for the stack on this
 * machine `VITE_COGNITO_ENDPOINT`. Call it once.
 *
 * @param env - `import.meta.env`.
 * @typeParam Database - Of `supabase gen types`.
 * @throws If a variable is missing.
 * @example export const kit = viteKit<Database>(import.meta.env);
 */
export function viteKit<Database = AnyDatabase>(
  env: Readonly<Record<string, unknown>>,
): CognitoSupabase<Database> {
  const of = (name: string): string => required(name, env[name]);
  const { VITE_COGNITO_ENDPOINT: endpoint } = env;
  const settings: AppSettings = {
    url: of('VITE_SUPABASE_URL'),
    publishableKey: of('VITE_SUPABASE_PUBLISHABLE_KEY'),
    userPoolId: of('VITE_COGNITO_USER_POOL_ID'),
    clientId: of('VITE_COGNITO_CLIENT_ID'),
    ...(typeof endpoint === 'string' && endpoint !== '' && { endpoint }),
  };
  Amplify.configure(amplifyConfig(settings));
  const { url, publishableKey } = settings;
  return createCognitoSupabase({ url, publishableKey, auth: amplifyAuth() });
}
