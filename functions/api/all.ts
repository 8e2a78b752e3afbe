/** All routes in one function, for deployments that want it (`api.functions: 'one'`). */
import { implementation as addToGroup } from './admin/add-to-group.ts';
import { implementation as createUser } from './admin/create-user.ts';
import { implementation as deleteUser } from './admin/delete-user.ts';
import { implementation as disableUser } from './admin/disable-user.ts';
import { implementation as enableUser } from './admin/enable-user.ts';
import { implementation as findUsers } from './admin/find-users.ts';
import { implementation as getUser } from './admin/get-user.ts';
import { implementation as removeFromGroup } from './admin/remove-from-group.ts';
import { implementation as resetPassword } from './admin/reset-password.ts';
import { implementation as signOutUser } from './admin/sign-out-user.ts';
import { implementation as health } from './health.ts';
import { lambdaHandler } from './lambda.ts';
import { implementation as me } from './me.ts';
import { implementation as openapi } from './openapi.ts';
import { implementation as webhook } from './webhook.ts';
import { implementation as workspace } from './workspace.ts';

export const implementations = [
  ...[health, openapi, me, workspace, webhook],
  ...[findUsers, getUser, createUser, deleteUser, disableUser, enableUser],
  ...[signOutUser, resetPassword, addToGroup, removeFromGroup],
];

export const handler = lambdaHandler(implementations);
