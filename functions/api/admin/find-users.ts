/** `GET /admin/users?email=&cursor=`: a page of the directory. */
import type * as z from 'zod/mini';
import { implement } from '../app.ts';
import { lambdaHandler } from '../lambda.ts';
import { findUsers } from '../routes.ts';
import type { UserPage } from '../schemas.ts';

export const implementation = implement(findUsers, async ({ data, query }) => {
  const { email, cursor: after, limit = '50' } = query;
  const page = await data.rpc('admin_find_users', { email, after, most: Number(limit) });
  return page as z.input<typeof UserPage>;
});

export const handler = lambdaHandler([implementation]);
