/** Next.js on the server: pages and server actions. */
import { createClient, type SupabaseClient } from '@supabase/supabase-js';
import { tokensOfRequest } from '../adapters/server.ts';
import type { AnyDatabase } from '../create.ts';
import { readSettings } from './settings.ts';

/**
 * The Supabase client of one request, for the person whose cookies the request has.
 *
 * The tokens are not verified here. Supabase verifies them at each request, and answers with status 401 if a token is
 * missing, expired, forged or revoked. Show `<SignInForm>` then: it renews an expired token in the browser.
 *
 * @param headers - Of the request: `await headers()` of `next/headers`.
 * @typeParam Database - Of `supabase gen types`.
 * @throws If a `NEXT_PUBLIC_…` variable is missing.
 * @example
 * const { data, status } = await serverClient(await headers()).from('notes').select();
 * if (status === 401) return <SignInForm />;
 */
export function serverClient<Database = AnyDatabase>(
  headers: Pick<Headers, 'get'>,
): SupabaseClient<Database> {
  const { url, publishableKey, clientId } = readSettings();
  const tokens = tokensOfRequest({ headers }, clientId);
  // Without createCognitoSupabase, which compares the token with the clock. A server cannot renew the token, and
  // Next.js does not allow the clock in a page before its first request for data.
  return createClient<Database>(url, publishableKey, {
    accessToken: async () => tokens?.accessToken ?? null,
  }) as SupabaseClient<Database>;
}
