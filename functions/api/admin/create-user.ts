/** `POST /admin/users`: a new user, with a profile, in the directory, and in groups. */
import { implement } from '../app.ts';
import { lambdaHandler } from '../lambda.ts';
import { createUser } from '../routes.ts';
import { afterChange } from './cognito-errors.ts';
import { type Begun, type Changed, runOperation } from './operation.ts';
import type { PoolUser, UserPool } from './user-pool.ts';

/** The clocks of Cognito and of the database may differ by so much, in ms. */
const SKEW = 5000;

/** Makes the user, unless an earlier attempt of the same operation has made them. */
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

async function complete(
  pool: UserPool,
  user: PoolUser,
  groups: readonly string[],
): Promise<Changed> {
  const { username, attributes, status } = user;
  const { sub } = attributes;
  if (!sub) throw new Error('Cognito made a user without a sub');
  for (const group of groups) await pool.addToGroup(username, group);
  return { sub, facts: { username, attributes, groups, status } };
}

export const implementation = implement(createUser, (context) => {
  const { email, groups = [], invite = true } = context.body;
  return runOperation(context, {
    operation: 'create user',
    details: { email, groups, invite },
    inCognito: async (pool, begun) => {
      // First, so that no user is made for a group that is not there.
      for (const group of groups) await pool.getGroup(group);
      const user = await createOnce(pool, email, invite, begun);
      return afterChange(complete(pool, user, groups));
    },
  });
});

export const handler = lambdaHandler([implementation]);
