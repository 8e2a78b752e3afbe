/** `PUT /admin/users/{sub}/groups/{group}`. Tokens have the new groups after their next refresh. */
import { implement } from '../app.ts';
import { lambdaHandler } from '../lambda.ts';
import { addToGroup } from '../routes.ts';
import { afterChange } from './cognito-errors.ts';
import { onPerson, runOperation } from './operation.ts';

export const implementation = implement(addToGroup, (context) => {
  const { sub, group } = context.parameters;
  return runOperation(context, {
    operation: 'add to group',
    sub,
    group,
    inCognito: onPerson(sub, async (pool, username) => {
      await pool.addToGroup(username, group);
      return { groups: await afterChange(pool.groupsOf(username)) };
    }),
  });
});

export const handler = lambdaHandler([implementation]);
