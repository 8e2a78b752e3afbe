/** `POST /admin/users/{sub}/reset-password`: Cognito sends a code, with which the person chooses a new password. */
import { implement } from '../app.ts';
import { lambdaHandler } from '../lambda.ts';
import { resetPassword } from '../routes.ts';
import { onPerson, runOperation } from './operation.ts';

export const implementation = implement(resetPassword, (context) => {
  const { sub } = context.parameters;
  return runOperation(context, {
    operation: 'reset password',
    sub,
    inCognito: onPerson(sub, async (pool, username) => {
      await pool.resetPassword(username);
      return { status: 'RESET_REQUIRED' };
    }),
  });
});

export const handler = lambdaHandler([implementation]);
