/** `GET /me`: profile, memberships and permissions of the caller. */
import type * as z from 'zod/mini';
import { implement } from './app.ts';
import { lambdaHandler } from './lambda.ts';
import { getMe } from './routes.ts';
import type { Me } from './schemas.ts';

/** `ensure_profile` makes the profile at the first call and does nothing later, so it is called each time. */
export const implementation = implement(getMe, async ({ data }) => {
  await data.rpc('ensure_profile');
  return (await data.rpc('me')) as z.input<typeof Me>;
});

export const handler = lambdaHandler([implementation]);
