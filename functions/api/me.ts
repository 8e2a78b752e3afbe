/** The Lambda entry of `GET /me`: profile, memberships and permissions of the caller. */
import { route, type Work } from './route.ts';

/**
 * `ensure_profile` makes the profile at the first call and does nothing later, so it is called each time.
 */
export const work: Work = async ({ data }) => {
  await data.rpc('ensure_profile');
  return data.rpc('me');
};

export const handler = route(work);
