/** The rows of the model of the rules, and their text form. */

export type Role = 'owner' | 'admin' | 'member' | 'viewer';

export interface Person {
  readonly sub: string;
  /** app_users.id, once there is a profile. */
  id?: string;
  displayName: string | null;
  /** Written by the service. If it is known, invitations are compared with it. */
  email: string | null;
  disabled: boolean;
}

/** Somebody with the token of one session. */
export interface Caller {
  readonly person: Person;
  readonly session: string;
}

export interface Workspace {
  readonly id: string;
  name: string;
  readonly members: Map<Person, Role>;
}

export interface Invite {
  readonly id: string;
  readonly token: string;
  readonly workspace: Workspace;
  readonly email: string;
  readonly role: Role;
  readonly invitedBy: Person;
  used: boolean;
  /** Undefined after the profile was deleted. */
  acceptedBy?: Person | undefined;
}

export interface Task {
  readonly id: string;
  readonly workspace: Workspace;
  title: string;
  status: string;
  assignee: Person | undefined;
}

export interface Note {
  readonly id: string;
  readonly owner: Person;
  body: string;
}

/** Columns of a row in the model, in the order of its text. */
export const COLUMNS = {
  app_users: ['id', 'display_name', 'email'],
  workspaces: ['id', 'name'],
  workspace_members: ['workspace_id', 'user_id', 'role'],
  workspace_invites: ['workspace_id', 'email', 'role', 'accepted_by'],
  tasks: ['id', 'workspace_id', 'title', 'status'],
  task_assignments: ['task_id', 'workspace_id', 'user_id'],
  notes: ['id', 'body'],
} as const;
export type Table = keyof typeof COLUMNS;

/** A row as text, for comparison. */
export const line = (...values: unknown[]): string =>
  values.map((value) => value ?? '-').join(' | ');
