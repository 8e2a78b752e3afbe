import { Amplify } from 'aws-amplify';
import { cognitoUserPoolsTokenProvider } from 'aws-amplify/auth/cognito';
import { CookieStorage } from 'aws-amplify/utils';
import { amplifyAuth } from '../adapters/amplify.ts';
import { type AppSettings, amplifyConfig } from '../app-settings.ts';
import { type AnyDatabase, type CognitoSupabase, createCognitoSupabase } from '../create.ts';
import { readSettings } from './settings.ts';

/** Amplify with cookies, which the server can read. */
function configureAmplify(settings: AppSettings): void {
  Amplify.configure(amplifyConfig(settings), { ssr: true });
  // Its cookies are secure. Safari has no such cookies on http://localhost, as other browsers do.
  // https://bugs.webkit.org/show_bug.cgi?id=281149
  const { protocol, hostname } = globalThis.location;
  if (protocol === 'http:' && hostname === 'localhost')
    cognitoUserPoolsTokenProvider.setKeyValueStorage(
      new CookieStorage({ sameSite: 'lax', secure: false }),
    );
}

let kit: CognitoSupabase<AnyDatabase> | undefined;

/**
 * The client and the session in the browser. The first call configures Amplify.
 *
 * Call it in handlers and effects. Outside of them client components run on the server too, for all people.
 *
 * @typeParam Database - Of `supabase gen types`.
 * @throws If a `NEXT_PUBLIC_…` variable is missing.
 */
export function browserKit<Database = AnyDatabase>(): CognitoSupabase<Database> {
  if (kit === undefined) {
    const settings = readSettings();
    configureAmplify(settings);
    const { url, publishableKey } = settings;
    kit = createCognitoSupabase({ url, publishableKey, auth: amplifyAuth() });
  }
  return kit;
}
