/**
 * A stand-in of the administrator's API of Supabase Auth. Nothing real of it can run here: Supabase Auth is a Go program
 * that is shipped as a Docker image, and @supabase/lite has no administrator's API.
 *
 * Source of its behaviour: supabase/auth, internal/api/admin.go and pagination.go. Pages are by number, newest first. An
 * address that exists answers 422. An id that exists answers 500, because the insert fails. Second factors are shown with a
 * single person only.
 */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { listen } from '@cognito-supabase/local/listen';
import type { AdminUserAttributes, User } from '@supabase/supabase-js';
import { type Faults, makeFaults, type Odds } from './faults.ts';

export interface AuthAdminOptions {
  /** @default 1 */
  readonly seed?: number;
  /** @default - none */
  readonly odds?: Odds;
  /** Requests a second. More get 429 with Retry-After. @default - no limit */
  readonly rate?: number;
  /** Called before a page is sent, and may add or delete people. */
  readonly onPage?: (page: number, auth: AuthAdmin) => void;
  /** Called before a single person is sent, and may change or delete people. */
  readonly onPerson?: (id: string, auth: AuthAdmin) => void;
  /** Called for each request, before its fault. */
  readonly onRequest?: () => void;
  /** Ids whose insert always fails, as a trigger of the project can do. */
  readonly failing?: ReadonlySet<string>;
}

export interface AuthAdmin {
  readonly url: string;
  readonly secretKey: string;
  readonly users: Map<string, User>;
  readonly faults: Faults;
  /** Requests that were refused by the rate. */
  throttled(): number;
  /** Answers of 2xx to POST, the lost ones included. */
  created(): number;
  close(): Promise<void>;
}

class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** A bucket that holds one second's worth. */
function makeBucket(rate: number): () => boolean {
  let [tokens, filled] = [rate, Date.now()];
  return () => {
    const now = Date.now();
    tokens = Math.min(rate, tokens + ((now - filled) / 1000) * rate);
    filled = now;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
}

function readUser(wanted: AdminUserAttributes): User {
  const now = new Date().toISOString();
  const hours = /^(\d+)h$/.exec(wanted.ban_duration ?? '')?.[1];
  return {
    id: wanted.id ?? randomUUID(),
    aud: 'authenticated',
    email: wanted.email?.toLowerCase() ?? '',
    phone: wanted.phone?.replace(/^\+/, '') ?? '',
    ...(wanted.email_confirm && { email_confirmed_at: now }),
    ...(wanted.phone_confirm && { phone_confirmed_at: now }),
    ...(hours && { banned_until: new Date(Date.now() + Number(hours) * 3_600_000).toISOString() }),
    app_metadata: { provider: 'email', providers: ['email'] },
    user_metadata: wanted.user_metadata ?? {},
    created_at: now,
  };
}

function create(
  users: Map<string, User>,
  wanted: AdminUserAttributes,
  failing: ReadonlySet<string>,
) {
  const user = readUser(wanted);
  if (!user.email && !user.phone)
    throw new Refusal(400, 'validation_failed', 'Cannot create a user without either');
  for (const other of users.values()) {
    if (user.email && other.email === user.email)
      throw new Refusal(422, 'email_exists', 'A user with this email address has been registered');
    if (user.phone && other.phone === user.phone)
      throw new Refusal(422, 'phone_exists', 'Phone number already registered by another user');
  }
  if (users.has(user.id) || failing.has(user.id))
    throw new Refusal(500, 'unexpected_failure', 'Database error creating new user');
  users.set(user.id, user);
  return user;
}

async function bodyOf(request: IncomingMessage): Promise<AdminUserAttributes> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return JSON.parse(text || '{}');
}

const PATH = /^\/auth\/v1\/admin\/users(?:\/([0-9a-f-]{36}))?$/;

interface Answer {
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export async function startAuthAdmin(
  people: Iterable<User>,
  options: AuthAdminOptions = {},
): Promise<AuthAdmin> {
  const { seed = 1, odds = {}, rate, onPage, onPerson, onRequest } = options;
  const { failing = new Set() } = options;
  const users = new Map(Array.from(people, (user) => [user.id, user]));
  const faults = makeFaults(seed, odds);
  const takes = rate === undefined ? () => true : makeBucket(rate);
  const secretKey = 'sb_secret_of_the_stand_in_only';
  let [throttled, created] = [0, 0];

  function page(url: URL): Answer {
    const number = Number(url.searchParams.get('page') || 1);
    const perPage = Number(url.searchParams.get('per_page') || 50);
    onPage?.(number, auth);
    const newestFirst = [...users.values()].sort((a, b) => (a.created_at < b.created_at ? 1 : -1));
    const last = Math.ceil(users.size / perPage);
    const link = (to: number, rel: string) =>
      `</admin/users?page=${to}&per_page=${perPage}>; rel="${rel}"`;
    const links = [...(last > number ? [link(number + 1, 'next')] : []), link(last, 'last')];
    return {
      body: {
        users: newestFirst
          .slice((number - 1) * perPage, number * perPage)
          .map(({ factors: _, ...user }) => user),
        aud: 'authenticated',
      },
      headers: { 'x-total-count': String(users.size), link: links.join(', ') },
    };
  }

  async function work(request: IncomingMessage): Promise<Answer> {
    const url = new URL(request.url ?? '/', 'http://stand-in');
    const [isKnown, id] = PATH.exec(url.pathname) ?? [];
    if (isKnown === undefined) throw new Refusal(404, 'not_found', 'no such path');
    if (request.headers.authorization !== `Bearer ${secretKey}`)
      throw new Refusal(401, 'no_authorization', 'Invalid API key');
    if (request.method === 'POST') {
      const user = create(users, await bodyOf(request), failing);
      created += 1;
      return { body: user };
    }
    if (id === undefined) return page(url);
    onPerson?.(id, auth);
    const user = users.get(id);
    if (user === undefined) throw new Refusal(404, 'user_not_found', 'User not found');
    return { body: user };
  }

  const send = (response: ServerResponse, status: number, { body, headers }: Answer): void => {
    response.writeHead(status, {
      'content-type': 'application/json',
      'x-supabase-api-version': '2024-01-01',
      ...headers,
    });
    response.end(JSON.stringify(body));
  };
  const refuse = (response: ServerResponse, { status, code, message }: Refusal) =>
    send(response, status, { body: { code, message } });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    onRequest?.();
    const isThrottled = !takes();
    const fault = isThrottled ? 'refuse' : faults.next();
    if (fault === 'refuse') {
      if (isThrottled) throttled += 1;
      const body = { code: 'over_request_rate_limit', message: 'Too many requests' };
      return send(response, 429, { body, headers: { 'retry-after': isThrottled ? '1' : '0' } });
    }
    if (fault === 'drop') return void request.socket.destroy();
    if (fault === 'fail')
      return refuse(response, new Refusal(500, 'unexpected_failure', 'a fault'));
    try {
      const done = await work(request);
      if (fault === 'lose') return void request.socket.destroy();
      send(response, 200, done);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      refuse(response, error);
    }
  }

  const server = createServer((request, response) => {
    answer(request, response).catch(() => request.socket.destroy());
  });
  const { port, close } = await listen(server, 0);
  const auth: AuthAdmin = {
    url: `http://127.0.0.1:${port}`,
    ...{ secretKey, users, faults, close },
    throttled: () => throttled,
    created: () => created,
  };
  return auth;
}
