/**
 * The rules of the database in TypeScript: who may do what, and what everybody sees. It has no SQL and no
 * tokens. The property test compares the database with it.
 *
 * A rule returns `undefined` if the database must refuse. Otherwise it returns a function that changes
 * the model, which is called after the database has done the operation.
 */

import {
  type Caller,
  type Invite,
  line,
  type Note,
  type Person,
  type Role,
  type Table,
  type Task,
  type Workspace,
} from './model-rows.ts';

/** Undefined: refused. */
type Allowed<Made extends unknown[] = []> = ((...made: Made) => void) | undefined;

const LEVEL: readonly Role[] = ['viewer', 'member', 'admin', 'owner'];

/** Whether the first role may give or remove the second. */
const mayManage = (own: Role | undefined, other: Role): boolean =>
  own === 'owner' || (own === 'admin' && (other === 'member' || other === 'viewer'));

export class Model {
  readonly people = new Set<Person>();
  readonly workspaces = new Set<Workspace>();
  readonly invites = new Set<Invite>();
  readonly tasks = new Set<Task>();
  readonly notes = new Set<Note>();
  readonly ended = new Set<string>();

  /** A caller is trusted unless the session was ended or the person is disabled. */
  isLive = ({ person, session }: Caller): boolean => !person.disabled && !this.ended.has(session);

  role({ person }: Caller, workspace: Workspace): Role | undefined {
    return this.workspaces.has(workspace) ? workspace.members.get(person) : undefined;
  }

  atLeast(caller: Caller, workspace: Workspace, least: Role): boolean {
    const role = this.role(caller, workspace);
    return this.isLive(caller) && role !== undefined && LEVEL.indexOf(role) >= LEVEL.indexOf(least);
  }

  ensureProfile(caller: Caller): Allowed<[id: string]> {
    if (!this.isLive(caller)) return undefined;
    return (id) => {
      caller.person.id ??= id;
    };
  }

  createWorkspace(caller: Caller, name: string): Allowed<[id: string]> {
    if (!this.isLive(caller)) return undefined;
    return (id) => {
      this.workspaces.add({ id, name, members: new Map([[caller.person, 'owner']]) });
    };
  }

  invite(
    caller: Caller,
    workspace: Workspace,
    email: string,
    role: Role,
  ): Allowed<[token: string, id: string]> {
    const own = this.role(caller, workspace);
    if (!this.isLive(caller) || role === 'owner' || !mayManage(own, role)) return undefined;
    return (token, id) => {
      this.invites.add({
        id,
        token,
        workspace,
        email,
        role,
        invitedBy: caller.person,
        used: false,
      });
    };
  }

  /**
   * A token works once, for the invited person if the address is known, and for a person who is not a
   * member yet.
   */
  accept(caller: Caller, token: string): Allowed {
    const invite = [...this.invites].find((each) => each.token === token);
    const { person } = caller;
    if (!this.isLive(caller) || invite === undefined || invite.used) return undefined;
    if (invite.invitedBy.disabled) return undefined;
    if (person.id !== undefined && person.email !== null && person.email !== invite.email)
      return undefined;
    if (invite.workspace.members.has(person)) return undefined;
    return () => {
      invite.workspace.members.set(person, invite.role);
      invite.used = true;
      invite.acceptedBy = person;
      // Sent twice, used once.
      const { workspace, email } = invite;
      this.#withdraw(workspace, (each) => each.email === email);
    };
  }

  withdraw(caller: Caller, invite: Invite): Allowed {
    const seen = this.#invitesOf(caller, invite.workspace).includes(invite);
    if (!seen || invite.used) return undefined;
    if (!mayManage(this.role(caller, invite.workspace), invite.role)) return undefined;
    return () => {
      this.invites.delete(invite);
    };
  }

  changeRole(caller: Caller, workspace: Workspace, person: Person, role: Role): Allowed {
    const [own, before] = [this.role(caller, workspace), workspace.members.get(person)];
    if (!this.isLive(caller) || before === undefined) return undefined;
    if (!mayManage(own, before) || !mayManage(own, role)) return undefined;
    if (role === 'owner' ? person.disabled : this.#isLastOwner(workspace, person)) return undefined;
    return () => this.#give(workspace, person, role);
  }

  remove(caller: Caller, workspace: Workspace, person: Person): Allowed {
    const [own, other] = [this.role(caller, workspace), workspace.members.get(person)];
    if (!this.isLive(caller) || other === undefined || !mayManage(own, other)) return undefined;
    if (this.#isLastOwner(workspace, person)) return undefined;
    return () => this.#dismiss(workspace, person);
  }

  leave(caller: Caller, workspace: Workspace): Allowed {
    if (!this.isLive(caller) || this.role(caller, workspace) === undefined) return undefined;
    if (this.#isLastOwner(workspace, caller.person)) return undefined;
    return () => this.#dismiss(workspace, caller.person);
  }

  transfer(caller: Caller, workspace: Workspace, person: Person): Allowed {
    if (!this.isLive(caller) || this.role(caller, workspace) !== 'owner') return undefined;
    if (person === caller.person || !workspace.members.has(person)) return undefined;
    if (person.disabled) return undefined;
    return () => {
      this.#give(workspace, person, 'owner');
      this.#give(workspace, caller.person, 'admin');
    };
  }

  /** The service acts as an owner of every workspace. */
  removeByService(workspace: Workspace, person: Person): Allowed {
    if (!this.workspaces.has(workspace) || !workspace.members.has(person)) return undefined;
    if (this.#isLastOwner(workspace, person)) return undefined;
    return () => this.#dismiss(workspace, person);
  }

  /** Rows of the person stay, and memberships end. */
  deleteProfile(person: Person): Allowed {
    const joined = [...this.workspaces].filter((each) => each.members.has(person));
    if (person.id === undefined) return undefined;
    if (joined.some((each) => this.#isLastOwner(each, person))) return undefined;
    return () => {
      for (const workspace of joined) this.#dismiss(workspace, person);
      for (const invite of this.invites) {
        if (invite.invitedBy === person) this.invites.delete(invite);
        if (invite.acceptedBy === person) invite.acceptedBy = undefined;
      }
      delete person.id;
      // A disabled person stays disabled, because that is not in the profile.
      Object.assign(person, { displayName: null, email: null });
    };
  }

  rename(caller: Caller, workspace: Workspace, name: string): Allowed {
    if (!this.atLeast(caller, workspace, 'admin')) return undefined;
    return () => {
      workspace.name = name;
    };
  }

  deleteWorkspace(caller: Caller, workspace: Workspace): Allowed {
    if (!this.atLeast(caller, workspace, 'owner')) return undefined;
    return () => {
      this.workspaces.delete(workspace);
      for (const task of this.tasks) if (task.workspace === workspace) this.tasks.delete(task);
      for (const invite of this.invites)
        if (invite.workspace === workspace) this.invites.delete(invite);
    };
  }

  insertTask(caller: Caller, workspace: Workspace, title: string): Allowed<[id: string]> {
    if (!this.atLeast(caller, workspace, 'member')) return undefined;
    return (id) => {
      this.tasks.add({ id, workspace, title, status: 'todo', assignee: undefined });
    };
  }

  /** To a member of the task's workspace, or to null. */
  assignTask(caller: Caller, task: Task, assignee: Person | undefined): Allowed {
    if (!this.mayWrite(caller, task)) return undefined;
    if (assignee && !task.workspace.members.has(assignee)) return undefined;
    return () => {
      task.assignee = assignee;
    };
  }

  /** A member who may write tasks may change and delete them. For others they do not exist. */
  mayWrite(caller: Caller, task: Task): boolean {
    return this.tasks.has(task) && this.atLeast(caller, task.workspace, 'member');
  }

  /** Ends the sessions that a person has. */
  end(sessions: Iterable<string>): void {
    for (const session of sessions) this.ended.add(session);
  }

  /** Everything that a caller sees, a line for each row. */
  sees(caller: Caller): Readonly<Record<Table, readonly string[]>> {
    const { person } = caller;
    const live = this.isLive(caller);
    const mine = [...this.workspaces].filter((each) => this.atLeast(caller, each, 'viewer'));
    const tasks = [...this.tasks].filter((task) => mine.includes(task.workspace));
    return {
      app_users:
        live && person.id !== undefined ? [line(person.id, person.displayName, person.email)] : [],
      workspaces: mine.map(({ id, name }) => line(id, name)).sort(),
      workspace_members: mine
        .flatMap(({ id, members }) => [...members].map(([who, role]) => line(id, who.id, role)))
        .sort(),
      workspace_invites: mine
        .flatMap((workspace) => this.#invitesOf(caller, workspace))
        .map(({ workspace, email, role, acceptedBy }) =>
          line(workspace.id, email, role, acceptedBy?.id),
        )
        .sort(),
      tasks: tasks.map((task) => line(task.id, task.workspace.id, task.title, task.status)).sort(),
      task_assignments: tasks
        .filter(({ assignee }) => assignee !== undefined)
        .map((task) => line(task.id, task.workspace.id, task.assignee?.id))
        .sort(),
      notes: [...this.notes]
        .filter((note) => live && note.owner === person)
        .map((note) => line(note.id, note.body))
        .sort(),
    };
  }

  #invitesOf(caller: Caller, workspace: Workspace): readonly Invite[] {
    if (!this.atLeast(caller, workspace, 'admin')) return [];
    return [...this.invites].filter((invite) => invite.workspace === workspace);
  }

  /** The last owner who can act. A disabled owner cannot act. */
  #isLastOwner({ members }: Workspace, person: Person): boolean {
    const others = [...members].filter(([who, role]) => role === 'owner' && who !== person);
    return members.get(person) === 'owner' && others.every(([who]) => who.disabled);
  }

  #give(workspace: Workspace, person: Person, role: Role): void {
    // Giving the same role again is also a change for the trigger.
    const own = this.#addressesOf(workspace, person);
    workspace.members.set(person, role);
    this.#withdraw(
      workspace,
      (invite) =>
        own.has(invite.email) || (invite.invitedBy === person && !mayManage(role, invite.role)),
    );
  }

  /** Open invitations into the workspace are deleted. */
  #withdraw(workspace: Workspace, which: (invite: Invite) => boolean): void {
    for (const invite of this.invites)
      if (invite.workspace === workspace && !invite.used && which(invite))
        this.invites.delete(invite);
  }

  /** In the profile, or in the invitation that they accepted. */
  #addressesOf(workspace: Workspace, person: Person): ReadonlySet<string | null> {
    const used = [...this.invites].filter(
      (invite) => invite.workspace === workspace && invite.acceptedBy === person,
    );
    return new Set([person.email, ...used.map((invite) => invite.email)]);
  }

  /** Tasks of a person who leaves have no assignee. */
  #dismiss(workspace: Workspace, person: Person): void {
    const own = this.#addressesOf(workspace, person);
    workspace.members.delete(person);
    this.#withdraw(workspace, (invite) => invite.invitedBy === person || own.has(invite.email));
    for (const task of this.tasks)
      if (task.workspace === workspace && task.assignee === person) task.assignee = undefined;
  }
}
