/**
 * `DELETE /admin/users/{sub}`: in Cognito, the profile, and the directory, which forgets the person. Files stay, and
 * the answer lists them.
 */
import { implement } from '../app.ts';
import { lambdaHandler } from '../lambda.ts';
import { deleteUser } from '../routes.ts';
import { runOperation } from './operation.ts';

export const implementation = implement(deleteUser, (context) => {
  const { sub } = context.parameters;
  return runOperation(context, {
    operation: 'delete user',
    sub,
    inCognito: async (pool, { isRepeated }) => {
      const username = await pool.usernameOf(sub);
      // Deleted there before, by an earlier request or by somebody else: the database follows, if it knows the person.
      if (username !== undefined) await pool.delete(username);
      return { sub, facts: { existed: username !== undefined || isRepeated } };
    },
  });
});

export const handler = lambdaHandler([implementation]);
