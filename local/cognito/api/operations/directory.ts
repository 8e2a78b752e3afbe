/** Lists of users and groups, in pages, and groups with their members. */

import { awsError, invalidParameter } from '../../core/errors.ts';
import { groupOf, type Pool } from '../../core/pool/pool.ts';
import { subOf } from '../../core/users/accounts.ts';
import { attributeOf } from '../../core/users/attributes.ts';
import type { GroupRecord, UserRecord } from '../../store/records.ts';
import type { Narrowing } from '../../store/users.ts';
import type { Input } from '../input.ts';
import { type Operations, ownEntry, userOf } from '../operation.ts';
import { makeToken, pageOf, readToken } from '../pages.ts';
import { groupResponse, userResponse } from '../responses.ts';

export const directory: Operations = {
  ListUsers: (pool, { input }) => {
    const { matches, narrowing } = parseFilter(pool, input.maybe('Filter'));
    const wanted = attributesToGet(pool, input);
    const place = { after: readToken(input, 'PaginationToken'), limit: input.limit('Limit', 60) };
    const listed = Date.now() - pool.listingDelay;
    const { page, next } = pageOfUsers(pool, {
      ...{ ...place, narrowing },
      matches: (user) => user.UserCreateDate.getTime() <= listed && matches(user),
    });
    return {
      Users: page.map((user) => ({
        ...userResponse(user),
        Attributes: user.Attributes.filter(({ Name }) => wanted(Name)),
      })),
      ...(next !== undefined && { PaginationToken: makeToken(next) }),
    };
  },

  ListUsersInGroup: (pool, { input }) => {
    const { GroupName: name } = groupOf(pool, input.text('GroupName'));
    const place = { after: readToken(input, 'NextToken'), limit: input.limit('Limit', 60) };
    const { page, next } = pageOfUsers(pool, { ...place, narrowing: { by: 'group', name } });
    return {
      Users: page.map(userResponse),
      ...(next !== undefined && { NextToken: makeToken(next) }),
    };
  },

  ListGroups: (pool, { input }) => {
    const { page, next } = pageOf(pool.store.groups.all(), input);
    return { Groups: page.map((group) => groupResponse(pool, group)), ...next };
  },

  AdminListGroupsForUser: (pool, { input }) => {
    const { page, next } = pageOf(pool.users.groupsOf(userOf(pool, input)), input);
    return { Groups: page.map((group) => groupResponse(pool, group)), ...next };
  },

  CreateGroup: (pool, { input }) => {
    const name = input.text('GroupName');
    if (pool.store.groups.get(name) !== undefined)
      throw awsError('GroupExistsException', 'A group with the name already exists.');
    const now = new Date();
    const dates = { CreationDate: now, LastModifiedDate: now };
    return { Group: groupResponse(pool, saveGroup(pool, { GroupName: name, ...dates }, input)) };
  },

  GetGroup: (pool, { input }) => ({
    Group: groupResponse(pool, groupOf(pool, input.text('GroupName'))),
  }),

  UpdateGroup: (pool, { input }) => {
    const group = groupOf(pool, input.text('GroupName'));
    const changed = saveGroup(pool, { ...group, LastModifiedDate: new Date() }, input);
    return { Group: groupResponse(pool, changed) };
  },

  DeleteGroup: (pool, { input }) => {
    pool.store.groups.delete(groupOf(pool, input.text('GroupName')).GroupName);
    return {};
  },

  AdminAddUserToGroup: (pool, { input }) => {
    const user = userOf(pool, input);
    pool.users.addToGroup(user, groupOf(pool, input.text('GroupName')).GroupName);
    return {};
  },

  AdminRemoveUserFromGroup: (pool, { input }) => {
    const user = userOf(pool, input);
    pool.users.removeFromGroup(user, groupOf(pool, input.text('GroupName')).GroupName);
    return {};
  },
};

function saveGroup(pool: Pool, group: GroupRecord, input: Input): GroupRecord {
  const changed = { ...group, ...input.pick('Description', 'RoleArn', 'Precedence') };
  pool.store.groups.save(changed.GroupName, changed);
  return changed;
}

interface Place {
  readonly after: number;
  readonly limit: number;
  readonly narrowing?: Narrowing | undefined;
  readonly matches?: (user: UserRecord) => boolean;
}

/** A page of users in the order of sign-up. `next` is the place after it, if there are more. */
function pageOfUsers({ users }: Pool, { after, limit, narrowing, matches }: Place) {
  const page: UserRecord[] = [];
  let last = after;
  for (const { seq, user } of users.after(after, narrowing)) {
    if (matches && !matches(user)) continue;
    if (page.length === limit) return { page, next: last };
    page.push(user);
    last = seq;
  }
  return { page, next: undefined };
}

function attributesToGet({ store }: Pool, input: Input): (name: string) => boolean {
  if (!input.has('AttributesToGet')) return () => true;
  const names = input.list('AttributesToGet');
  const schema = store.settings.SchemaAttributes;
  if (!names.every((name) => schema.some(({ Name }) => Name === name)))
    throw invalidParameter('One or more requested attributes do not exist in user pool.');
  return (name) => names.includes(name);
}

const attribute =
  (name: string) =>
  (user: UserRecord): string | undefined =>
    attributeOf(user, name);

const CASELESS = 'cognito:user_status';

/** The attributes that ListUsers can search. Only `cognito:user_status` ignores case. */
const SEARCHABLE: Readonly<Record<string, (user: UserRecord) => string | undefined>> = {
  username: ({ Username }) => Username,
  sub: subOf,
  email: attribute('email'),
  phone_number: attribute('phone_number'),
  name: attribute('name'),
  given_name: attribute('given_name'),
  family_name: attribute('family_name'),
  preferred_username: attribute('preferred_username'),
  [CASELESS]: ({ UserStatus }) => UserStatus.toLowerCase(),
  status: ({ Enabled }) => (Enabled ? 'Enabled' : 'Disabled'),
};

const FILTER = /^\s*"?(?<name>[\w:]+)"?\s*(?<operator>\^?=)\s*"(?<value>(?:[^"\\]|\\.)*)"\s*$/s;

interface Filter {
  readonly matches: (user: UserRecord) => boolean;
  readonly narrowing?: Narrowing | undefined;
}

/** `name = "value"` or `name ^= "start"`, with quotes inside escaped by a backslash. */
function parseFilter(pool: Pool, filter = ''): Filter {
  if (filter.trim() === '') return { matches: () => true };
  const groups = FILTER.exec(filter)?.groups;
  if (groups === undefined) throw invalidParameter('Error while parsing filter.');
  const { name = '', operator, value = '' } = groups;
  const read = ownEntry(SEARCHABLE, name);
  if (read === undefined) throw invalidParameter(`Invalid search attribute: ${name}`);
  const plain = value.replace(/\\(.)/gs, '$1');
  const sought = name === CASELESS ? plain.toLowerCase() : plain;
  const exact = operator === '=';
  return {
    matches: exact
      ? (user) => read(user) === sought
      : (user) => read(user)?.startsWith(sought) ?? false,
    narrowing: narrowingFor(name, pool.users.fold(plain), exact),
  };
}

const INDEXED = ['email', 'phone_number', 'preferred_username', 'sub', 'username'] as const;

/** The columns with an index may be in lower case, so `matches` still compares the case. */
function narrowingFor(name: string, from: string, exact: boolean): Narrowing | undefined {
  const by = INDEXED.find((one) => one === name);
  return by && { by, from, to: exact ? from : `${from}\u{10ffff}` };
}
