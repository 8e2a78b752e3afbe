/**
 * Stand-in for Supabase's Management API behind HTTP: the endpoints that `connect` uses, with the shapes of the API's
 * OpenAPI document (package supabase-management-js). Reason: the real one needs an account and a hosted project. Its
 * database endpoint runs in a real Postgres as `postgres`, in a session that begins anew for each call, and
 * answers a failed statement with 400 and the message of Postgres.
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';

// biome-ignore lint/suspicious/noExplicitAny: the API's documents have many shapes
type Document = Record<string, any>;

export interface HostedProject {
  readonly ref: string;
  /** Connects as `postgres`. */
  databaseUrl: string;
  thirdPartyAuth: Document[];
  auth: Document;
  postgrest: Document;
  apiKeys: Document[];
}

/** A project as the dashboard makes it. */
export const newProject = (ref: string, databaseUrl: string): HostedProject => ({
  ref,
  databaseUrl,
  thirdPartyAuth: [],
  auth: { disable_signup: false, external_email_enabled: true, site_url: 'http://localhost:3000' },
  postgrest: {
    db_schema: 'public,graphql_public',
    max_rows: 1000,
    db_extra_search_path: 'public, extensions',
    db_pool: null,
  },
  apiKeys: [
    { name: 'anon', type: 'legacy', api_key: 'anon-key-of-the-project' },
    { name: 'default', type: 'publishable', api_key: 'sb_publishable_of_the_project' },
    { name: 'default', type: 'secret', api_key: null },
  ],
});

/** What happens to a request in place of its answer. `cut` ends the connection. */
export type Fault =
  | 'cut'
  | {
      readonly status: number;
      readonly message?: string;
      /** In place of the JSON. */
      readonly text?: string;
      readonly headers?: Record<string, string>;
    };

export interface ApiRequest {
  readonly method: string;
  /** Below the project, such as `/config/auth`. */
  readonly path: string;
  readonly body: Document;
  /** Whether it may change something. */
  readonly isChange: boolean;
}

/** The same for the same change. The record that `connect` keeps in Vault differs in each run. */
export function changeOf({ method, path, body }: ApiRequest): string {
  const isRecord = /pg_advisory_xact_lock.*cognito-supabase connect/s.test(body.query ?? '');
  return JSON.stringify([method, path, isRecord ? 'the record' : body]);
}

export interface FakeManagementApi {
  readonly url: string;
  readonly accessToken: string;
  project: HostedProject;
  /** Requests of the project, in order. */
  readonly requests: ApiRequest[];
  /** Called before a request is carried out. */
  before: (request: ApiRequest) => Fault | undefined | Promise<undefined>;
  /** Called after it was carried out, before it is answered. */
  after: (request: ApiRequest) => Fault | undefined | Promise<undefined>;
  /** Ends its connection to the database, which then can be copied. */
  endSession(): Promise<void>;
  close(): Promise<void>;
}

type Answer = readonly [status: number, body: unknown];
const refused = (status: number, message: string): Answer => [status, { message }];

const CHANGES =
  /\b(?:create (?:extension|schema|table)|alter (?:role|table)|insert into|set_trust\(|create_secret|update_secret|cognito\.connect\(|cognito\.refresh\(|set_up_schedules|remove_schedules|delete from|drop )|^\s*do \$\$/i;

/**
 * A session that begins anew for each call, one call after another: a connection for each would take most of a test's
 * time.
 */
class Session {
  readonly url: string;
  readonly #client: Promise<pg.Client>;
  #last: Promise<unknown> = Promise.resolve();

  constructor(url: string) {
    this.url = url;
    const client = new pg.Client({ connectionString: url });
    this.#client = client.connect().then(() => client);
  }

  query(body: Document): Promise<Answer> {
    const answered = this.#last.then(() => this.#run(body));
    this.#last = answered.catch(() => {});
    return answered;
  }

  /** The rows of the last statement that has some, as the platform answers. */
  async #run({ query, parameters = [] }: Document): Promise<Answer> {
    if (typeof query !== 'string' || query === '') return refused(400, 'query: Required');
    const client = await this.#client;
    try {
      const result = await (parameters.length === 0
        ? client.query(query)
        : client.query(query, parameters));
      const results = Array.isArray(result) ? result.toReversed() : [result];
      return [201, results.find(({ rows }) => rows.length > 0)?.rows ?? []];
    } catch (error) {
      const { code, message } = error as pg.DatabaseError;
      return refused(400, `Failed to run sql query: ERROR:  ${code}: ${message}`);
    } finally {
      await client.query('discard all');
    }
  }

  async end(): Promise<void> {
    await (await this.#client).end();
  }
}

/** The fields that a change may have. */
function patched(target: Document, body: Document): Answer {
  const unknown = Object.keys(body).find((name) => !(name in target));
  if (unknown) return refused(400, `property ${unknown} should not exist`);
  Object.assign(target, body);
  return [200, target];
}

function addThirdParty(project: HostedProject, body: Document): Answer {
  const given = ['oidc_issuer_url', 'jwks_url', 'custom_jwks'].filter((name) => body[name]);
  if (given.length !== 1)
    return refused(400, 'Provide one of oidc_issuer_url, jwks_url or custom_jwks');
  const now = new Date().toISOString();
  const made = {
    id: randomUUID(),
    type: body.oidc_issuer_url ? 'oidc' : 'custom',
    ...{ oidc_issuer_url: null, jwks_url: null, custom_jwks: null, ...body },
    ...{ resolved_jwks: null, inserted_at: now, updated_at: now, resolved_at: null },
  };
  project.thirdPartyAuth.push(made);
  return [201, made];
}

function removeThirdParty(project: HostedProject, id: string): Answer {
  const found = project.thirdPartyAuth.find((one) => one.id === id);
  if (!found) return refused(404, 'Third-party auth integration not found');
  project.thirdPartyAuth = project.thirdPartyAuth.filter((one) => one !== found);
  return [200, found];
}

async function answer(
  project: HostedProject,
  request: ApiRequest,
  session: Session | undefined,
): Promise<Answer> {
  const { method, path, body } = request;
  const thirdParty = /^\/config\/auth\/third-party-auth(?:\/([\w-]+))?$/.exec(path);
  if (thirdParty && method === 'GET') return [200, project.thirdPartyAuth];
  if (thirdParty && method === 'POST') return addThirdParty(project, body);
  if (thirdParty?.[1] && method === 'DELETE') return removeThirdParty(project, thirdParty[1]);
  switch (`${method} ${path}`) {
    case 'GET /config/auth':
      return [200, project.auth];
    case 'PATCH /config/auth':
      return patched(project.auth, body);
    case 'GET /postgrest':
      return [200, project.postgrest];
    case 'PATCH /postgrest':
      return patched(project.postgrest, body);
    case 'GET /api-keys':
      return [200, project.apiKeys];
    case 'POST /database/query':
      return session ? session.query(body) : refused(500, 'the project has no database');
    default:
      return refused(404, `Cannot ${method} ${path}`);
  }
}

async function bodyOf(request: IncomingMessage): Promise<Document> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString();
  return text === '' ? {} : JSON.parse(text);
}

/** Starts it on a free port. */
export async function startManagementApi(project: HostedProject): Promise<FakeManagementApi> {
  let session: Session | undefined;
  const server = createServer(async (incoming, response) => {
    const sendText = (status: number, text: string, headers: Record<string, string> = {}) => {
      response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers });
      response.end(text);
    };
    const send = (status: number, body: unknown) => sendText(status, JSON.stringify(body));
    const fail = (fault: Fault) => {
      if (fault === 'cut') return incoming.socket.destroy();
      const { status, message = `HTTP ${status}`, text = JSON.stringify({ message }) } = fault;
      return sendText(status, text, fault.headers);
    };
    const { pathname } = new URL(incoming.url ?? '/', 'http://localhost');
    const [, ref, path = ''] = /^\/v1\/projects\/([^/]+)(\/.*)?$/.exec(pathname) ?? [];
    const body = await bodyOf(incoming);
    if (incoming.headers.authorization !== `Bearer ${api.accessToken}`)
      return send(401, { message: 'Unauthorized' });
    if (ref !== api.project.ref) return send(404, { message: 'Project not found' });
    const method = incoming.method ?? 'GET';
    const isChange = path === '/database/query' ? CHANGES.test(body.query) : method !== 'GET';
    const request = { method, path, body, isChange };
    api.requests.push(request);
    const early = await api.before(request);
    if (early) return fail(early);
    if (session?.url !== api.project.databaseUrl) {
      const former = session;
      session = api.project.databaseUrl ? new Session(api.project.databaseUrl) : undefined;
      await former?.end();
    }
    const [status, answered] = await answer(api.project, request, session);
    const late = await api.after(request);
    if (late) return fail(late);
    return send(status, answered);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const api: FakeManagementApi = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    accessToken: `sbp_${'0123456789abcdef'.repeat(2)}`,
    project,
    requests: [],
    before: () => undefined,
    after: () => undefined,
    async endSession() {
      const ended = session;
      session = undefined;
      await ended?.end();
    },
    async close() {
      await session?.end();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return api;
}
