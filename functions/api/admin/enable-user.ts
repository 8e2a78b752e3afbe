/** `POST /admin/users/{sub}/enable`: ends what disabling began. */
import { implement } from '../app.ts';
import { lambdaHandler } from '../lambda.ts';
import { enableUser } from '../routes.ts';
import { onPerson, runOperation } from './operation.ts';

export const implementation = implement(enableUser, (context) => {
  const { sub } = context.parameters;
  return runOperation(context, {
    operation: 'enable user',
    sub,
    inCognito: onPerson(sub, async (pool, username) => {
      await pool.enable(username);
      return {};
    }),
  });
});

export const handler = lambdaHandler([implementation]);
