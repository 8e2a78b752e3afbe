/** `POST /admin/users`: a new user, with a profile, in the directory, and in groups. */
import { implement } from '../app.ts';
import { lambdaHandler } from '../lambda.ts';
import { ApiError } from '../problem.ts';
import { createUser } from '../routes.ts';
import { type Begun, runOperation } from './operation.ts';
import type { PoolUser, UserPool } from './user-pool.ts';

/** The clocks of Cognito and of the database may differ by so much, in ms. */
const SKEW = 5000;

/** A user whom an earlier attempt of the same operation has made counts as made. */
async function createOnce(
  pool: UserPool,
  email: string,
  invite: boolean,
  { startedAt, isRepeated }: Begun,
): Promise<PoolUser> {
  try {
    return await pool.create(email, invite);
  } catch (error) {
    const exists = error instanceof Error && error.name === 'UsernameExistsException';
    if (!exists || !isRepeated) throw error;
    const existing = await pool.get(email);
    const isOurs =
      existing.status === 'FORCE_CHANGE_PASSWORD' &&
      (existing.createdAt?.getTime() ?? 0) >= startedAt.getTime() - SKEW;
    if (!isOurs) throw error;
    return existing;
  }
}

export const implementation = implement(createUser, (context) => {
  const { email, groups = [], invite = true } = context.body;
  return runOperation(context, {
    operation: 'create user',
    details: { email, groups, invite },
    inCognito: async (pool, begun) => {
      const { username, attributes, status } = await createOnce(pool, email, invite, begun);
      const { sub } = attributes;
      if (!sub) throw new ApiError('UPSTREAM_FAILED', 'Cognito made a user without a sub.');
      for (const group of groups) await pool.addToGroup(username, group);
      return { sub, facts: { username, attributes, groups, status } };
    },
  });
});

export const handler = lambdaHandler([implementation]);
