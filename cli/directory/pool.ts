/** Requests to the user pool. Each one stays within the budget, and is tried again after a failure. */
import {
  CognitoIdentityProviderClient,
  DescribeUserPoolCommand,
  ListGroupsCommand,
  ListUsersCommand,
  ListUsersInGroupCommand,
  type UserType,
} from '@aws-sdk/client-cognito-identity-provider';
import { KitError } from '@cognito-supabase/contract/errors';
import { credentialsError } from '../trigger/aws-error.ts';
import { filterOf, PAGE_SIZE } from './prefixes.ts';
import { BrokenPage, isThrottled, isTransient, type RetryContext, retrying } from './retry.ts';
import type { PoolSettings } from './settings.ts';

/** A user in the form of the staging table. Times are ISO 8601. */
export interface PoolUser {
  readonly sub: string;
  readonly username: string;
  readonly email: string | null;
  readonly email_verified: boolean | null;
  readonly status: string | null;
  readonly enabled: boolean | null;
  readonly created_at: string | null;
  readonly updated_at: string | null;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Where the next page begins; undefined after the last one. */
  readonly next: string | undefined;
}

export interface Pool {
  /** Cognito's estimate of the number of users. It lags behind. */
  estimate(): Promise<number>;
  /** @throws StaleToken if Cognito no longer accepts `token`. */
  page(prefix: string, token: string | undefined): Promise<Page<PoolUser>>;
  /** Looks up one user. */
  find(sub: string): Promise<PoolUser | undefined>;
  groups(): Promise<readonly string[]>;
  groupPage(group: string, token: string | undefined): Promise<Page<string>>;
  /** Requests sent, the failed ones included. */
  requests(): number;
  close(): void;
}

/** A page token that has expired: the part has to be read from its first page. */
export class StaleToken extends Error {
  override readonly name = 'StaleToken';
}

const subOf = (user: UserType): string | undefined =>
  user.Attributes?.find(({ Name }) => Name === 'sub')?.Value;

/** Removes what Postgres does not accept in text and JSON: NUL, and half of a surrogate pair. */
const storable = (text: string): string => text.replaceAll('\0', '').toWellFormed();

/** @throws BrokenPage if a user has no sub or username. */
function toPoolUser(user: UserType): PoolUser {
  const sub = subOf(user);
  if (sub === undefined || user.Username === undefined) {
    throw new BrokenPage('a page holds a user without sub or username');
  }
  const attributes = Object.fromEntries(
    (user.Attributes ?? []).map(({ Name, Value }) => [storable(Name ?? ''), storable(Value ?? '')]),
  );
  return {
    sub: storable(sub),
    username: storable(user.Username),
    email: attributes.email ?? null,
    email_verified: 'email_verified' in attributes ? attributes.email_verified === 'true' : null,
    status: user.UserStatus ?? null,
    enabled: user.Enabled ?? null,
    created_at: user.UserCreateDate?.toISOString() ?? null,
    updated_at: user.UserLastModifiedDate?.toISOString() ?? null,
    attributes,
  };
}

/** Turns a refusal of Cognito, or a missing answer, into a KitError. */
export function poolError(error: unknown, { userPoolId, endpoint }: PoolSettings): Error {
  const { name, message } = error as Error;
  if (error instanceof KitError || error instanceof StaleToken) return error;
  const noCredentials = credentialsError(error);
  if (noCredentials) return noCredentials;
  const words =
    !message || message === name ? name : name === 'Error' ? message : `${name}: ${message}`;
  if (isThrottled(error)) {
    return new KitError(
      'POOL_UNREACHABLE',
      `Cognito kept throttling requests (${words})`,
      'the account shares 30 requests a second: wait, or lower --rate; the same command continues from here',
      { cause: error },
    );
  }
  if (isTransient(error)) {
    return new KitError(
      'POOL_UNREACHABLE',
      `${endpoint ?? 'Cognito'} gives no usable answer (${words})`,
      'run the same command again; it continues from here',
      { cause: error },
    );
  }
  return new KitError(
    'POOL_REFUSED',
    `Cognito refused to list ${userPoolId} (${words})`,
    'check region and user pool. The credentials need cognito-idp:ListUsers, DescribeUserPool and, with --groups, ListGroups and ListUsersInGroup',
    { cause: error },
  );
}

/** Retries nothing itself. */
export function makePoolClient({ region, endpoint }: PoolSettings): CognitoIdentityProviderClient {
  return new CognitoIdentityProviderClient({
    region,
    // Own retries: the SDK's would be outside the budget.
    maxAttempts: 1,
    requestHandler: {
      connectionTimeout: 5_000,
      requestTimeout: 30_000,
      throwOnRequestTimeout: true,
    },
    ...(endpoint === undefined ? {} : { endpoint }),
    // An emulator accepts any credentials. Real ones are never sent over plain http.
    ...(endpoint?.startsWith('http:')
      ? { credentials: { accessKeyId: 'local', secretAccessKey: 'local' } }
      : {}),
  });
}

export function openPool(settings: PoolSettings, context: RetryContext): Pool {
  const client = makePoolClient(settings);
  const UserPoolId = settings.userPoolId;
  const abort = { abortSignal: context.signal };
  let requests = 0;

  async function call<T>(send: () => Promise<T>): Promise<T> {
    try {
      return await retrying(context, () => {
        requests += 1;
        return send();
      });
    } catch (error) {
      context.signal.throwIfAborted();
      throw poolError(error, settings);
    }
  }

  return {
    requests: () => requests,
    close: () => client.destroy(),
    estimate: () =>
      call(async () => {
        const { UserPool } = await client.send(new DescribeUserPoolCommand({ UserPoolId }), abort);
        return UserPool?.EstimatedNumberOfUsers ?? 0;
      }),
    page: (prefix, token) =>
      call(async () => {
        const input = {
          UserPoolId,
          Limit: PAGE_SIZE,
          Filter: filterOf(prefix),
          PaginationToken: token,
        };
        const { Users, PaginationToken } = await client
          .send(new ListUsersCommand(input), abort)
          .catch((error) => {
            if (token !== undefined && error.name === 'InvalidParameterException') {
              throw new StaleToken(error.message);
            }
            throw error;
          });
        if (!Users) throw new BrokenPage('a page has no list of users');
        if (PaginationToken !== undefined && PaginationToken === token) {
          throw new BrokenPage('a page names itself as the next one');
        }
        const items = Users.map(toPoolUser);
        if (!items.every(({ sub }) => sub.startsWith(prefix))) {
          throw new BrokenPage(`a page of sub ^= "${prefix}" holds others`);
        }
        return { items, next: PaginationToken };
      }),
    find: (sub) =>
      call(async () => {
        const Filter = `sub = ${JSON.stringify(sub)}`;
        const { Users } = await client.send(new ListUsersCommand({ UserPoolId, Filter }), abort);
        if (!Users) throw new BrokenPage('a page has no list of users');
        return Users.map(toPoolUser).find((user) => user.sub === sub);
      }),
    groups: async () => {
      const names: string[] = [];
      let NextToken: string | undefined;
      do {
        const page = await call(() =>
          client.send(new ListGroupsCommand({ UserPoolId, NextToken, Limit: PAGE_SIZE }), abort),
        );
        for (const { GroupName } of page.Groups ?? []) if (GroupName) names.push(GroupName);
        NextToken = page.NextToken;
      } while (NextToken);
      return names.sort();
    },
    groupPage: (GroupName, token) =>
      call(async () => {
        const input = { UserPoolId, GroupName, Limit: PAGE_SIZE, NextToken: token };
        const { Users, NextToken } = await client.send(new ListUsersInGroupCommand(input), abort);
        if (!Users) throw new BrokenPage('a page has no list of users');
        return { items: Users.map((user) => toPoolUser(user).sub), next: NextToken };
      }),
  };
}
