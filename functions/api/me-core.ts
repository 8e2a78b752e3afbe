/** `GET /me` without its surroundings. */
import type { Rpc } from './data-api.ts';

/**
 * The caller's profile, memberships and permissions. A first call makes the profile, so there is no
 * person whom `/me` does not know; a second does nothing, so it is asked each time.
 */
export const me = async (rpc: Rpc): Promise<unknown> => {
  await rpc('ensure_profile');
  return rpc('me');
};
