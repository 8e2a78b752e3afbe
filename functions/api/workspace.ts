/** `GET /workspaces/{id}`: a workspace with its members, for its members. */
import type * as z from 'zod/mini';
import { implement } from './app.ts';
import { lambdaHandler } from './lambda.ts';
import { ApiError } from './problem.ts';
import { getWorkspace } from './routes.ts';
import type { Workspace } from './schemas.ts';

/** The policies of the database decide who sees the row. To everybody else it does not exist. */
export const implementation = implement(getWorkspace, async ({ data, parameters: { id } }) => {
  const [workspace] = await data.select('workspaces', {
    id: `eq.${id}`,
    select: 'id,name,created_at,updated_at,members:workspace_members(user_id,role,created_at)',
  });
  if (workspace === undefined)
    throw new ApiError('NOT_FOUND', 'There is no such workspace, or you are not a member.');
  return workspace as z.input<typeof Workspace>;
});

export const handler = lambdaHandler([implementation]);
