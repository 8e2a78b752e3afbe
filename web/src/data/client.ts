import { createClient, type SupabaseClient } from '@supabase/supabase-js';
import type { ListenToAuth } from '../auth/amplify.ts';
import type { TokenSource } from '../auth/token.ts';
import type { WebConfig } from '../config.ts';
import type { Database } from './database.types.ts';
import { createLegibleFetch } from './legible-answers.ts';
import { createRetryingFetch } from './retrying-fetch.ts';

/** The Supabase client of this app, with the types of the schema. */
export type DataClient = SupabaseClient<Database>;

/**
 * Makes the Supabase client, which gets its token from Cognito's session at every request.
 *
 * `client.auth` throws, because Cognito signs people in.
 *
 * @param onSessionEnded - Called when the database has ended the session of the tokens.
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
 * Gives Realtime the token of the signed-in person.
 *
 * `setAuth` gets no argument, so that Realtime keeps asking the token source. A given token would stay
 * until it expires. Channels are closed at sign-out, because they carry a person's rows.
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
