/** `GET /admin/users/{sub}`: all that is known of a person, for support. */
import type * as z from 'zod/mini';
import { implement } from '../app.ts';
import { lambdaHandler } from '../lambda.ts';
import { getUser } from '../routes.ts';
import type { User } from '../schemas.ts';

export const implementation = implement(
  getUser,
  async ({ data, parameters: { sub } }) =>
    (await data.rpc('admin_read_user', { sub })) as z.input<typeof User>,
);

export const handler = lambdaHandler([implementation]);
