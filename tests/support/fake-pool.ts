/**
 * A user pool behind HTTP, for benchmarks and faults: ListUsers and related operations, in the JSON form
 * of AWS (AWS JSON 1.1). Users are made from a seed. It pages by 60, supports Filter and PaginationToken,
 * delays every call, and throttles like an account's quota.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type FakeUser, filterUsers, makeUsers, toListed } from './fake-users.ts';

/** The fault of one call, in place of its answer. */
export type Fault =
  /** The connection ends without an answer. */
  | 'hang up'
  /** 200 with half a JSON document. */
  | 'malformed'
  /** 200 with users that lack their attributes. */
  | 'shapeless'
  /** The former page of the same filter is sent again, with its token. */
  | 'repeat'
  /** The page is sent with the token of the first page. */
  | 'circle'
  | { readonly status: number; readonly type: string; readonly message?: string };

export interface FakePoolOptions {
  readonly users: number;
  /** @default 1 */
  readonly seed?: number;
  /** Time of one call, in milliseconds. @default 20 */
  readonly latencyMs?: number;
  /** Calls a second; null turns throttling off. @default 30 */
  readonly rate?: number | null;
  /**
   * `refuse` answers 400 TooManyRequestsException, as AWS does. `delay` holds the call back until the
   * quota allows it: for callers without retries. @default 'refuse'
   */
  readonly throttling?: 'refuse' | 'delay';
  /**
   * Called before page number `page` (from 1, over all calls) is sent. It may change the pool.
   *
   * @param key Filter and PaginationToken: the same for the same page, asked for again.
   */
  readonly fault?: (page: number, pool: FakePool, key: string) => Fault | undefined;
}

export interface FakePool {
  readonly url: string;
  readonly userPoolId: string;
  readonly region: string;
  /** In the order in which ListUsers gives them. Call `changed()` after adding, removing or moving. */
  readonly users: FakeUser[];
  /** Group → usernames. */
  readonly groups: Map<string, Set<string>>;
  changed(): void;
  /** Refuses all page tokens that were sent before. */
  expireTokens(): void;
  /** Counts the expiries. */
  tokenAge(): number;
  /** Calls so far, the refused ones included, by operation. */
  readonly calls: Map<string, number>;
  /** Pages of ListUsers that were sent. */
  pages(): number;
  /** Calls that were throttled. */
  throttled(): number;
  /** Every page that was sent: Filter, PaginationToken, and when, on the clock of performance.now(). */
  readonly log: { filter: string | undefined; token: string | undefined; at: number }[];
  close(): Promise<void>;
}

interface Request {
  readonly Limit?: number;
  readonly Filter?: string;
  readonly PaginationToken?: string;
  readonly NextToken?: string;
  readonly GroupName?: string;
  readonly Username?: string;
}

class Refusal extends Error {
  readonly status: number;
  readonly type: string;
  constructor(type: string, message: string, status = 400) {
    super(message);
    this.type = type;
    this.status = status;
  }
}

const PAGE = 60;

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64');

/** A token is valid for the same request only, as on AWS. */
function offsetOf(token: string | undefined, of: string, age: number): number {
  if (token === undefined) return 0;
  try {
    const { offset, filter, age: its } = JSON.parse(Buffer.from(token, 'base64').toString());
    if (filter === of && its === age && Number.isInteger(offset)) return offset;
  } catch {
    // Continues to the error of AWS.
  }
  throw new Refusal('InvalidParameterException', `Paging marker ${token} is invalid for request`);
}

/**
 * Slots a second, with at most `rate` saved. `refuse` returns whether it is allowed, `delay` returns the
 * wait.
 */
function makeQuota(rate: number | null, throttling: 'refuse' | 'delay') {
  let free = rate ?? 0;
  let at = performance.now();
  return (): number | undefined => {
    if (rate === null) return 0;
    const now = performance.now();
    free = Math.min(rate, free + ((now - at) / 1000) * rate);
    at = now;
    if (free < 1 && throttling === 'refuse') return undefined;
    free -= 1;
    return free >= 0 ? 0 : (-free / rate) * 1000;
  };
}

async function bodyOf(request: IncomingMessage): Promise<Request> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return JSON.parse(text || '{}');
}

function reply(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' });
  response.end(body);
}

/** The operations, on the users of one pool. */
function makeOperations(pool: FakePool, filtered: (filter: string) => readonly FakeUser[]) {
  const paged = (all: readonly FakeUser[], key: string, body: Request) => {
    const age = pool.tokenAge();
    const offset = offsetOf(body.PaginationToken ?? body.NextToken, key, age);
    const end = offset + Math.min(body.Limit || PAGE, PAGE);
    const next = end < all.length ? encode({ offset: end, filter: key, age }) : undefined;
    return { Users: all.slice(offset, end).map(toListed), next };
  };
  const operations: Record<string, (body: Request) => object> = {
    ListUsers: (body) => {
      const { Users, next } = paged(filtered(body.Filter ?? ''), body.Filter ?? '', body);
      return { Users, PaginationToken: next };
    },
    DescribeUserPool: () => ({
      UserPool: { Id: pool.userPoolId, EstimatedNumberOfUsers: pool.users.length },
    }),
    ListGroups: () => ({
      Groups: [...pool.groups.keys()].map((GroupName) => ({
        GroupName,
        UserPoolId: pool.userPoolId,
      })),
    }),
    AdminGetUser: ({ Username }) => {
      const user = pool.users.find((one) => one.username === Username || one.sub === Username);
      if (user === undefined) throw new Refusal('UserNotFoundException', 'User does not exist.');
      const { Attributes, ...rest } = toListed(user);
      return { ...rest, UserAttributes: Attributes };
    },
    ListUsersInGroup: (body) => {
      const members = pool.groups.get(body.GroupName ?? '');
      if (!members) throw new Refusal('ResourceNotFoundException', 'Group not found.');
      const all = pool.users.filter((user) => members.has(user.username));
      const { Users, next } = paged(all, `group ${body.GroupName}`, body);
      return { Users, NextToken: next };
    },
  };
  return operations;
}

/** Starts it on a free port of 127.0.0.1. */
export async function startFakePool(options: FakePoolOptions): Promise<FakePool> {
  const { latencyMs = 20, rate = 30, throttling = 'refuse', seed = 1 } = options;
  const views = new Map<string, readonly FakeUser[]>();
  const quota = makeQuota(rate, throttling);
  let [pages, throttled, age] = [0, 0, 0];
  /** The last page of each filter, for the fault that repeats it. */
  const last = new Map<string, string>();

  const filtered = (filter: string): readonly FakeUser[] => {
    const known = views.get(filter);
    if (known) return known;
    const found = filterUsers(pool.users, filter);
    if (!found) throw new Refusal('InvalidParameterException', 'Error while parsing filter.');
    views.set(filter, found);
    return found;
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const operation = String(request.headers['x-amz-target']).split('.')[1] ?? '';
    const body = await bodyOf(request);
    pool.calls.set(operation, (pool.calls.get(operation) ?? 0) + 1);
    const wait = quota();
    if (wait === undefined) {
      throttled += 1;
      throw new Refusal('TooManyRequestsException', 'Rate exceeded');
    }
    await sleep(wait + latencyMs);
    const run = operations[operation];
    if (!run) throw new Refusal('UnknownOperationException', operation);
    if (operation !== 'ListUsers') return reply(response, 200, JSON.stringify(run(body)));

    const fault = options.fault?.(pages + 1, pool, `${body.Filter} ${body.PaginationToken}`);
    if (fault === 'hang up') return void request.socket.destroy();
    if (fault === 'malformed') return reply(response, 200, '{"Users":[{"Userna');
    if (fault === 'shapeless') return reply(response, 200, '{"Users":[{"Username":"x"}]}');
    const before = last.get(body.Filter ?? '');
    if (fault === 'repeat' && before !== undefined) return reply(response, 200, before);
    if (typeof fault === 'object') throw new Refusal(fault.type, fault.message ?? '', fault.status);
    const answered = run(body);
    const { PaginationToken: token, ...first } = body;
    if (fault === 'circle') Object.assign(answered, run(first));
    const page = JSON.stringify(answered);
    last.set(body.Filter ?? '', page);
    pages += 1;
    pool.log.push({ filter: body.Filter, token, at: performance.now() });
    reply(response, 200, page);
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error) => {
      const refusal =
        error instanceof Refusal ? error : new Refusal('InternalErrorException', '', 500);
      reply(
        response,
        refusal.status,
        JSON.stringify({ __type: refusal.type, message: refusal.message }),
      );
    });
  });
  const pool: FakePool = {
    get url() {
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    },
    userPoolId: 'local-1_FakePool',
    region: 'local-1',
    users: makeUsers(options.users, seed),
    groups: new Map(),
    changed: () => views.clear(),
    expireTokens: () => {
      age += 1;
    },
    tokenAge: () => age,
    calls: new Map(),
    pages: () => pages,
    throttled: () => throttled,
    log: [],
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  const operations = makeOperations(pool, filtered);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return pool;
}
