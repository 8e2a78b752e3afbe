/** `GET /me` without Lambda and environment. */
import type { Rpc } from './data-api.ts';

/**
 * The caller's profile, memberships and permissions. `ensure_profile` makes the profile at the first call
 * and does nothing later, so it is called each time.
 */
export const me = async (rpc: Rpc): Promise<unknown> => {
  await rpc('ensure_profile');
  return rpc('me');
};
