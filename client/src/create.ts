import {
  createClient,
  type SupabaseClient,
  type SupabaseClientOptions,
} from '@supabase/supabase-js';
import type { AuthAdapter } from './adapter.ts';
import { createLegibleFetch } from './legible-answers.ts';
import { followPage } from './page-events.ts';
import { keepRealtimeSignedIn } from './realtime.ts';
import { createRetryingFetch } from './retrying-fetch.ts';
import { createSessionStore, type SessionStore } from './session-store.ts';
import { createTokenSource } from './token-source.ts';

export interface CognitoSupabaseOptions {
  /** `https://REF.supabase.co`. */
  readonly url: string;
  /** `sb_publishable_…`, or the older anon key. */
  readonly publishableKey: string;
  /** Who signs people in: `amplifyAuth()`, `oidcAuth(userManager)`, `serverAuth(…)`, or an adapter of your own. */
  readonly auth: AuthAdapter;
  /** For `createClient`. `accessToken` and `global.fetch` are taken. */
  readonly supabase?: Omit<SupabaseClientOptions<'public'>, 'accessToken'>;
  /** @defaultValue the global `fetch` */
  readonly fetch?: typeof fetch;
}

/** Without a type of the schema, rows are `any`, as in supabase-js. */
// biome-ignore lint/suspicious/noExplicitAny: the default of supabase-js
export type AnyDatabase = any;

/** The client and the session. */
export interface CognitoSupabase<Database = AnyDatabase> {
  /** Sends the person's access token with each request. `supabase.auth` throws, because Cognito signs people in. */
  readonly supabase: SupabaseClient<Database>;
  readonly session: SessionStore;
  /**
   * The person's access token, renewed if it is about to expire, for other servers than Supabase.
   *
   * @returns Null if nobody is signed in.
   * @throws If it has to be renewed and Cognito cannot be reached or fails.
   */
  readonly accessToken: () => Promise<string | null>;
  /** Stops listening, for example in a test. */
  readonly close: () => void;
}

/**
 * Makes the Supabase client and the session of a Cognito user pool. There is one for the app.
 *
 * A request that Supabase refuses with 401 is sent once more with a renewed token. If the database has ended the
 * session, the person is signed out, once.
 *
 * @typeParam Database - Of `supabase gen types`.
 * @example
 * const { supabase, session } = createCognitoSupabase<Database>({ url, publishableKey, auth: amplifyAuth() });
 */
export function createCognitoSupabase<Database = AnyDatabase>({
  url,
  publishableKey,
  auth,
  supabase: options,
  fetch: send,
}: CognitoSupabaseOptions): CognitoSupabase<Database> {
  const tokens = createTokenSource({ auth });
  // The first listener, so that later listeners get the new token after a change of account.
  const stopForgetting = auth.listen(({ type }) => {
    if (type !== 'renewed') tokens.forget();
  });
  const session = createSessionStore(auth);
  const retrying = createRetryingFetch({
    tokens,
    publishableKey,
    onSessionEnded: () => void session.end(),
    ...(send && { fetch: send }),
  });
  const supabase = createClient<Database>(url, publishableKey, {
    ...(options as object),
    accessToken: tokens.current,
    global: { ...options?.global, fetch: createLegibleFetch(retrying) },
  }) as SupabaseClient<Database>;
  const stops = [
    stopForgetting,
    session.close,
    keepRealtimeSignedIn(supabase, auth),
    followPage(session.restore),
  ];
  void session.restore();
  return {
    supabase,
    session,
    accessToken: tokens.current,
    close: () => {
      for (const stop of stops) stop();
    },
  };
}
