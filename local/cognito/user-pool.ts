/**
 * cognito-local's user pool with what it lacks: an index by email without regard to case (it scans
 * all users, and takes `Ann@` and `ann@` for two people), group membership kept with the user (it
 * keeps a list in the group, rewritten whole at each change), and a stable order for paging.
 */
import type { Clock } from 'cognito-local/lib/services/clock.js';
import type { Context } from 'cognito-local/lib/services/context.js';
import type { DataStore } from 'cognito-local/lib/services/dataStore/dataStore.js';
import {
  attributeValue,
  type Group,
  type User,
  type UserPool,
  type UserPoolServiceFactory,
  UserPoolServiceImpl,
} from 'cognito-local/lib/services/userPoolService.js';
import type { JsonStore, JsonStoreFactory } from './data-store.ts';

export interface Attribute {
  readonly Name: string;
  readonly Value: string;
}

/** A code that was mailed, and until when it counts (ms since the epoch). */
export interface MailedCode {
  readonly code: string;
  readonly expires: number;
}

export type CodePurpose = 'signUp' | 'forgotPassword' | 'verifyEmail';

/** cognito-local's record with the fields that are ours. `Password` holds no password: passwords.ts. */
export interface LocalUser extends User {
  Attributes: Attribute[];
  Groups?: readonly string[];
  Codes?: Partial<Record<CodePurpose, MailedCode>>;
  /** Counts up with each new user: the order of ListUsers. */
  Seq?: number;
}

const emailOf = (user: User): string | undefined =>
  attributeValue('email', user.Attributes)?.toLowerCase();

export class LocalUserPool extends UserPoolServiceImpl {
  readonly #store: JsonStore;
  readonly #byEmail = new Map<string, string>();
  #lastSeq = 0;

  constructor(clients: DataStore, clock: Clock, store: JsonStore, options: UserPool) {
    super(clients, clock, store, options);
    this.#store = store;
    for (const user of this.users()) {
      this.#lastSeq = Math.max(this.#lastSeq, user.Seq ?? 0);
      this.#index(user);
    }
  }

  /** All users in the order in which they were created. */
  users(): readonly LocalUser[] {
    return Object.values(this.#store.read<Record<string, LocalUser>>('Users') ?? {});
  }

  groups(): readonly Group[] {
    return Object.values(this.#store.read<Record<string, Group>>('Groups') ?? {});
  }

  /** Finds a user by user name (which is the `sub`) or by email, whatever the case. */
  find(name: string): LocalUser | undefined {
    const username = this.#byEmail.get(name.toLowerCase()) ?? name.toLowerCase();
    return this.#store.read<LocalUser>(['Users', username]);
  }

  save(user: LocalUser): void {
    const before = this.#store.read<LocalUser>(['Users', user.Username]);
    if (before) this.#byEmail.delete(emailOf(before) ?? '');
    const seq = before?.Seq ?? user.Seq ?? ++this.#lastSeq;
    const saved = { ...user, Seq: seq };
    this.#store.write(['Users', user.Username], saved);
    this.#index(saved);
  }

  /** A user's groups, the strongest (lowest precedence) first, as tokens list them. */
  groupsOf(user: User): readonly Group[] {
    const names = new Set((user as LocalUser).Groups ?? []);
    return this.groups()
      .filter(({ GroupName }) => names.has(GroupName))
      .sort(
        (a, b) =>
          (a.Precedence ?? Number.MAX_SAFE_INTEGER) - (b.Precedence ?? Number.MAX_SAFE_INTEGER) ||
          a.GroupName.localeCompare(b.GroupName),
      );
  }

  override getUserByUsername(_ctx: Context, username: string): Promise<LocalUser | null> {
    return Promise.resolve(typeof username === 'string' ? (this.find(username) ?? null) : null);
  }

  override saveUser(_ctx: Context, user: User): Promise<void> {
    this.save(user as LocalUser);
    return Promise.resolve();
  }

  override deleteUser(_ctx: Context, user: User): Promise<void> {
    this.#byEmail.delete(emailOf(user) ?? '');
    this.#store.write(['Users', user.Username], undefined);
    return Promise.resolve();
  }

  override addUserToGroup(_ctx: Context, group: Group, user: User): Promise<void> {
    const groups = new Set((user as LocalUser).Groups).add(group.GroupName);
    this.save({ ...(user as LocalUser), Groups: [...groups] });
    return Promise.resolve();
  }

  override removeUserFromGroup(_ctx: Context, group: Group, user: User): Promise<void> {
    const groups = ((user as LocalUser).Groups ?? []).filter((name) => name !== group.GroupName);
    this.save({ ...(user as LocalUser), Groups: groups });
    return Promise.resolve();
  }

  override async deleteGroup(ctx: Context, group: Group): Promise<void> {
    for (const user of this.users())
      if (user.Groups?.includes(group.GroupName)) await this.removeUserFromGroup(ctx, group, user);
    await super.deleteGroup(ctx, group);
  }

  override listUserGroupMembership(_ctx: Context, user: User): Promise<readonly string[]> {
    return Promise.resolve(this.groupsOf(user).map(({ GroupName }) => GroupName));
  }

  #index(user: User): void {
    const email = emailOf(user);
    if (email !== undefined) this.#byEmail.set(email, user.Username);
  }
}

/** Makes our pool where cognito-local would make its own. */
export class LocalUserPoolFactory implements UserPoolServiceFactory {
  readonly #clock: Clock;
  readonly #stores: JsonStoreFactory;

  constructor(clock: Clock, stores: JsonStoreFactory) {
    this.#clock = clock;
    this.#stores = stores;
  }

  async create(ctx: Context, clients: DataStore, defaults: UserPool): Promise<LocalUserPool> {
    const store = await this.#stores.create(ctx, defaults.Id, {
      Users: {},
      Groups: {},
      Options: defaults,
    });
    const options = await store.get(ctx, 'Options', defaults);
    return new LocalUserPool(clients, this.#clock, store, options);
  }
}
