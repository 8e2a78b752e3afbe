/** The Lambda entry of `GET /workspaces/{id}`: a workspace with its members, for its members. */
import { ApiError } from './problem.ts';
import { route, type Work } from './route.ts';

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** The policies of the database decide who sees the row. To everybody else it does not exist. */
export const work: Work = async ({ data, parameters }) => {
  const id = parameters.get('id') ?? '';
  if (!UUID.test(id)) throw new ApiError('BAD_REQUEST', 'The id of a workspace is a UUID.');
  const [workspace] = await data.select('workspaces', {
    id: `eq.${id}`,
    select: 'id,name,created_at,updated_at,members:workspace_members(user_id,role,created_at)',
  });
  if (workspace === undefined)
    throw new ApiError('NOT_FOUND', 'There is no such workspace, or you are not a member.');
  return workspace;
};

export const handler = route(work);
