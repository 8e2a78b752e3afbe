import type { SupabaseClient } from '@supabase/supabase-js';
import type { AuthAdapter } from './adapter.ts';

/**
 * Gives Realtime the token of the signed-in person.
 *
 * `setAuth` gets no argument, so that Realtime keeps asking the token source. A given token would stay
 * until it expires. Channels are closed at sign-out, because they carry a person's rows.
 *
 * @returns How to stop.
 */
export const keepRealtimeSignedIn = (
  client: Pick<SupabaseClient, 'realtime' | 'removeAllChannels'>,
  { listen }: Pick<AuthAdapter, 'listen'>,
): (() => void) =>
  listen(({ type }) => {
    if (type === 'signedOut' || type === 'refused') void client.removeAllChannels();
    void client.realtime.setAuth();
  });
