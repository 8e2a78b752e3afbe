import { createClient, type SupabaseClient } from '@supabase/supabase-js';
import type { ListenToAuth } from '../auth/amplify.ts';
import type { TokenSource } from '../auth/token.ts';
import type { WebConfig } from '../config.ts';
import type { Database } from './database.types.ts';
import { createLegibleFetch } from './legible-answers.ts';
import { createRetryingFetch } from './retrying-fetch.ts';

/** The Supabase client of this app: typed by the schema, signed in by Cognito. */
export type DataClient = SupabaseClient<Database>;

/**
 * Makes the one Supabase client, which asks Cognito's session for its token at every request.
 *
 * There is no `client.auth` here: Cognito signs people in, so supabase-js throws where it is used.
 *
 * @param onSessionEnded - Told when the database has revoked the session that the tokens belong to.
 */
export const createDataClient = (
  config: Pick<WebConfig, 'supabaseUrl' | 'publishableKey'>,
  tokens: Pick<TokenSource, 'current' | 'replace'>,
  onSessionEnded: () => void = () => {},
): DataClient =>
  createClient<Database>(config.supabaseUrl, config.publishableKey, {
    accessToken: () => tokens.current(),
    global: {
      fetch: createLegibleFetch(
        createRetryingFetch({ tokens, publishableKey: config.publishableKey, onSessionEnded }),
      ),
    },
  });

/**
 * Keeps Realtime on the token of whoever is signed in.
 *
 * `setAuth` gets no argument, so that Realtime goes on to ask the token source itself; a token given
 * by hand would stay until it expires. Channels are closed at sign-out, they carry a person's rows.
 *
 * @returns How to stop.
 */
export const keepRealtimeSignedIn = (client: DataClient, listen: ListenToAuth): (() => void) =>
  listen(({ event }) => {
    if (event === 'signedOut') void client.removeAllChannels();
    if (event === 'signedIn' || event === 'signedOut' || event === 'tokenRefresh') {
      void client.realtime.setAuth();
    }
  });
