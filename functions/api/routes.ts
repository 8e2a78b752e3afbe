/**
 * All routes of the API. infra/ creates a function for each entry, or one for all. The local stack serves the same
 * table. A new route is a row here, its schemas, and a handler file.
 */
import type { ApiRoute } from '@cognito-supabase/contract/settings';
import type * as z from 'zod/mini';
import * as schemas from './schemas.ts';

export interface RouteSchema {
  /** One line for the OpenAPI document. */
  readonly summary: string;
  /** Of the path. */
  readonly parameters?: z.ZodMiniObject;
  readonly query?: z.ZodMiniObject;
  readonly body?: z.ZodMiniObject;
  readonly answer: z.ZodMiniType;
  /** @default - 200 */
  readonly status?: 200 | 201;
  /** The request may be repeated with the same header `Idempotency-Key`. @default - no */
  readonly idempotent?: boolean;
}

export interface Route extends ApiRoute {
  readonly schema: RouteSchema;
}

/** Rows that look people up. */
const support = {
  auth: 'token',
  part: 'admin',
  groups: ['admin', 'support'],
  signedInWithin: 900,
} as const;

/** Rows that change people. They call Cognito and the database. */
const admin = { ...support, groups: ['admin'], seconds: 15 } as const;

const change = { idempotent: true } as const;

export const getHealth = {
  ...{ method: 'GET', path: '/health', auth: 'none', entry: 'api/health.ts' },
  schema: { summary: 'Whether the API answers.', answer: schemas.Health },
} as const satisfies Route;

export const getDocument = {
  ...{ method: 'GET', path: '/openapi.json', auth: 'none', entry: 'api/openapi.ts' },
  schema: { summary: 'This document.', answer: schemas.Document },
} as const satisfies Route;

export const getMe = {
  ...{ method: 'GET', path: '/me', auth: 'token', entry: 'api/me.ts' },
  schema: { summary: 'Profile, memberships and permissions of the caller.', answer: schemas.Me },
} as const satisfies Route;

export const getWorkspace = {
  ...{ method: 'GET', path: '/workspaces/{id}', auth: 'token', entry: 'api/workspace.ts' },
  schema: {
    summary: 'A workspace with its members, for its members.',
    parameters: schemas.WorkspaceParameters,
    answer: schemas.Workspace,
  },
} as const satisfies Route;

export const postWebhook = {
  ...{ method: 'POST', path: '/auth/webhook', auth: 'signature', entry: 'api/webhook.ts' },
  part: 'webhook',
  schema: {
    summary: 'An event about a person, signed as Standard Webhooks describes.',
    body: schemas.WebhookEvent,
    answer: schemas.WebhookAnswer,
  },
} as const satisfies Route;

export const findUsers = {
  ...{ method: 'GET', path: '/admin/users', entry: 'api/admin/find-users.ts' },
  ...support,
  schema: {
    summary: 'A page of the directory, or the people with one address.',
    query: schemas.UserQuery,
    answer: schemas.UserPage,
  },
} as const satisfies Route;

export const getUser = {
  ...{ method: 'GET', path: '/admin/users/{sub}', entry: 'api/admin/get-user.ts' },
  ...support,
  schema: {
    summary: 'All that is known of a person: for support.',
    parameters: schemas.UserParameters,
    answer: schemas.User,
  },
} as const satisfies Route;

export const createUser = {
  ...{ method: 'POST', path: '/admin/users', entry: 'api/admin/create-user.ts' },
  ...admin,
  poolActions: ['GetGroup', 'AdminCreateUser', 'AdminGetUser', 'AdminAddUserToGroup'],
  schema: {
    ...change,
    summary: 'A new user, who gets an invitation by mail.',
    body: schemas.NewUser,
    answer: schemas.CreatedUser,
    status: 201,
  },
} as const satisfies Route;

export const deleteUser = {
  ...{ method: 'DELETE', path: '/admin/users/{sub}', entry: 'api/admin/delete-user.ts' },
  ...admin,
  poolActions: ['ListUsers', 'AdminDeleteUser'],
  schema: {
    ...change,
    summary: 'Deletes a person in Cognito and the database, and lists the files that stay.',
    parameters: schemas.UserParameters,
    answer: schemas.DeletedUser,
  },
} as const satisfies Route;

export const disableUser = {
  ...{ method: 'POST', path: '/admin/users/{sub}/disable', entry: 'api/admin/disable-user.ts' },
  ...admin,
  poolActions: ['ListUsers', 'AdminDisableUser'],
  schema: {
    ...change,
    summary: 'Disables a person: no sign-in, and no token counts.',
    parameters: schemas.UserParameters,
    answer: schemas.Done,
  },
} as const satisfies Route;

export const enableUser = {
  ...{ method: 'POST', path: '/admin/users/{sub}/enable', entry: 'api/admin/enable-user.ts' },
  ...admin,
  poolActions: ['ListUsers', 'AdminEnableUser'],
  schema: {
    ...change,
    summary: 'Enables a person again.',
    parameters: schemas.UserParameters,
    answer: schemas.Done,
  },
} as const satisfies Route;

export const signOutUser = {
  ...{ method: 'POST', path: '/admin/users/{sub}/sign-out', entry: 'api/admin/sign-out-user.ts' },
  ...admin,
  poolActions: ['ListUsers', 'AdminUserGlobalSignOut'],
  schema: {
    ...change,
    summary: 'Ends all sessions of a person.',
    parameters: schemas.UserParameters,
    answer: schemas.Done,
  },
} as const satisfies Route;

export const resetPassword = {
  method: 'POST',
  path: '/admin/users/{sub}/reset-password',
  entry: 'api/admin/reset-password.ts',
  ...admin,
  poolActions: ['ListUsers', 'AdminResetUserPassword'],
  schema: {
    ...change,
    summary: 'Lets a person choose a new password, by a code that Cognito sends.',
    parameters: schemas.UserParameters,
    answer: schemas.Done,
  },
} as const satisfies Route;

export const addToGroup = {
  ...{
    method: 'PUT',
    path: '/admin/users/{sub}/groups/{group}',
    entry: 'api/admin/add-to-group.ts',
  },
  ...admin,
  poolActions: ['ListUsers', 'AdminAddUserToGroup', 'AdminListGroupsForUser'],
  schema: {
    ...change,
    summary: 'Adds a person to a group.',
    parameters: schemas.GroupParameters,
    answer: schemas.Groups,
  },
} as const satisfies Route;

export const removeFromGroup = {
  method: 'DELETE',
  path: '/admin/users/{sub}/groups/{group}',
  entry: 'api/admin/remove-from-group.ts',
  ...admin,
  poolActions: ['ListUsers', 'AdminRemoveUserFromGroup', 'AdminListGroupsForUser'],
  schema: {
    ...change,
    summary: 'Removes a person from a group.',
    parameters: schemas.GroupParameters,
    answer: schemas.Groups,
  },
} as const satisfies Route;

export const routes: readonly Route[] = [
  getHealth,
  getDocument,
  getMe,
  getWorkspace,
  postWebhook,
  findUsers,
  getUser,
  createUser,
  deleteUser,
  disableUser,
  enableUser,
  signOutUser,
  resetPassword,
  addToGroup,
  removeFromGroup,
];
