/** `POST /admin/users/{sub}/sign-out`: ends all sessions, in Cognito and in the database. */
import { implement } from '../app.ts';
import { lambdaHandler } from '../lambda.ts';
import { signOutUser } from '../routes.ts';
import { onPerson, runOperation } from './operation.ts';

export const implementation = implement(signOutUser, (context) => {
  const { sub } = context.parameters;
  return runOperation(context, {
    operation: 'sign out user',
    sub,
    inCognito: onPerson(sub, async (pool, username) => {
      await pool.signOut(username);
      return {};
    }),
  });
});

export const handler = lambdaHandler([implementation]);
