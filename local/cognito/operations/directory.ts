/**
 * Lists of users and groups, in pages. cognito-local gives everything at once: it ignores Limit and
 * page tokens, and looks for a user in a group by the name the caller used.
 */
import {
  groupToResponseObject,
  userToResponseObject,
} from 'cognito-local/lib/targets/responses.js';
import { attributeOf } from '../accounts.ts';
import { awsError, invalidParameter, notFound } from '../errors.ts';
import type { Input } from '../input.ts';
import { callBase, checkPool, type Kit, ownEntry, type Room, userOf } from '../kit.ts';
import type { LocalUser } from '../user-pool.ts';

export const directory: Room = (kit) => ({
  ListUsers: ({ input }) => {
    checkPool(kit, input);
    const matches = parseFilter(input.maybe('Filter'));
    const after = Number(readToken(input, 'PaginationToken') ?? 0);
    const rest = kit.pool.users().filter((user) => (user.Seq ?? 0) > after && matches(user));
    const page = rest.slice(0, input.limit('Limit', 60));
    const wanted = attributesToGet(kit, input);
    return {
      Users: page.map((user) => {
        const response = userToResponseObject(user);
        return { ...response, Attributes: user.Attributes.filter(({ Name }) => wanted(Name)) };
      }),
      ...(page.length < rest.length && { PaginationToken: makeToken(page.at(-1)?.Seq) }),
    };
  },

  ListUsersInGroup: ({ input }) => {
    const { GroupName } = groupOf(kit, input);
    const members = kit.pool.users().filter((user) => user.Groups?.includes(GroupName));
    const { page, next } = pageOf(members, input);
    return { Users: page.map(userToResponseObject), ...next };
  },

  ListGroups: ({ input }) => {
    checkPool(kit, input);
    const { page, next } = pageOf(kit.pool.groups(), input);
    return { Groups: page.map(groupToResponseObject(input.text('UserPoolId'))), ...next };
  },

  AdminListGroupsForUser: ({ input }) => {
    const user = userOf(kit, input);
    const { page, next } = pageOf(kit.pool.groupsOf(user), input);
    return { Groups: page.map(groupToResponseObject(input.text('UserPoolId'))), ...next };
  },

  CreateGroup: ({ input }) => {
    checkPool(kit, input);
    const name = input.text('GroupName');
    if (kit.pool.groups().some((group) => group.GroupName === name))
      throw awsError('GroupExistsException', 'A group with the name already exists.');
    return callBase(kit, 'CreateGroup', input);
  },

  AdminAddUserToGroup: async ({ input }) => {
    const user = userOf(kit, input);
    await kit.pool.addUserToGroup(kit.ctx, groupOf(kit, input), user);
    return {};
  },

  AdminRemoveUserFromGroup: async ({ input }) => {
    const user = userOf(kit, input);
    await kit.pool.removeUserFromGroup(kit.ctx, groupOf(kit, input), user);
    return {};
  },
});

function groupOf(kit: Kit, input: Input) {
  checkPool(kit, input);
  const name = input.text('GroupName');
  const group = kit.pool.groups().find(({ GroupName }) => GroupName === name);
  if (group === undefined) throw notFound('Group not found.');
  return group;
}

const makeToken = (position: unknown): string =>
  Buffer.from(`page:${position}`).toString('base64url');

function readToken(input: Input, name: string): string | undefined {
  const token = input.maybe(name);
  if (token === undefined) return undefined;
  const [, position] = /^page:(\d+)$/.exec(Buffer.from(token, 'base64url').toString()) ?? [];
  if (position === undefined) throw invalidParameter(`Invalid ${name}.`);
  return position;
}

/** A page of a list whose order does not change between two calls. */
function pageOf<T>(items: readonly T[], input: Input) {
  const start = Number(readToken(input, 'NextToken') ?? 0);
  const end = start + input.limit('Limit', 60);
  return {
    page: items.slice(start, end),
    next: end < items.length ? { NextToken: makeToken(end) } : {},
  };
}

function attributesToGet({ pool }: Kit, input: Input): (name: string) => boolean {
  if ((input.raw.AttributesToGet ?? null) === null) return () => true;
  const names = input.list('AttributesToGet');
  const schema = pool.options.SchemaAttributes as readonly { Name?: string }[] | undefined;
  if (!names.every((name) => schema?.some(({ Name }) => Name === name)))
    throw invalidParameter('One or more requested attributes do not exist in user pool.');
  return (name) => names.includes(name);
}

const attribute =
  (name: string) =>
  (user: LocalUser): string | undefined =>
    attributeOf(user, name);

const CASELESS = 'cognito:user_status';

/** What ListUsers searches. Only `cognito:user_status` does not look at case. */
const SEARCHABLE: Readonly<Record<string, (user: LocalUser) => string | undefined>> = {
  username: ({ Username }) => Username,
  sub: ({ Username }) => Username,
  email: attribute('email'),
  phone_number: attribute('phone_number'),
  name: attribute('name'),
  given_name: attribute('given_name'),
  family_name: attribute('family_name'),
  preferred_username: attribute('preferred_username'),
  [CASELESS]: ({ UserStatus }) => (UserStatus as string).toLowerCase(),
  status: ({ Enabled }) => (Enabled ? 'Enabled' : 'Disabled'),
};

const FILTER = /^\s*"?(?<name>[\w:]+)"?\s*(?<operator>\^?=)\s*"(?<value>(?:[^"\\]|\\.)*)"\s*$/s;

/** `name = "value"` or `name ^= "start"`, with quotes inside escaped by a backslash. */
function parseFilter(filter = ''): (user: LocalUser) => boolean {
  if (filter.trim() === '') return () => true;
  const groups = FILTER.exec(filter)?.groups;
  if (groups === undefined) throw invalidParameter('Error while parsing filter.');
  const { name = '', operator, value = '' } = groups;
  const read = ownEntry(SEARCHABLE, name);
  if (read === undefined) throw invalidParameter(`Invalid search attribute: ${name}`);
  const plain = value.replace(/\\(.)/gs, '$1');
  const sought = name === CASELESS ? plain.toLowerCase() : plain;
  return operator === '='
    ? (user) => read(user) === sought
    : (user) => read(user)?.startsWith(sought) ?? false;
}
