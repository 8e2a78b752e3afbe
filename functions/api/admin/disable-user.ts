/** `POST /admin/users/{sub}/disable`: no sign-in in Cognito, and no token counts in the database. */
import { implement } from '../app.ts';
import { lambdaHandler } from '../lambda.ts';
import { disableUser } from '../routes.ts';
import { onPerson, runOperation } from './operation.ts';

export const implementation = implement(disableUser, (context) => {
  const { sub } = context.parameters;
  return runOperation(context, {
    operation: 'disable user',
    sub,
    inCognito: onPerson(sub, async (pool, username) => {
      await pool.disable(username);
      return {};
    }),
  });
});

export const handler = lambdaHandler([implementation]);
