/** Stand-ins for what doctor looks at: an issuer, the front of a Supabase project, alarms of AWS, the Management API. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

export interface Reply {
  readonly status?: number;
  /** Text and bytes as they are; anything else as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a server answers; undefined: 404. */
export type Respond = (
  request: IncomingMessage,
  body: string,
) => Promise<Reply | undefined> | Reply | undefined;

export interface StandIn {
  readonly url: string;
  /** A test may replace it. */
  respond: Respond;
  /** What a channel of Realtime answers to a join. */
  join: { readonly status: string; readonly response: object };
  close(): Promise<void>;
}

const WEBSOCKET_KEY = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** The first text frame of a client (RFC 6455, section 5.2), once it is complete. */
function readFrame(data: Buffer): string | undefined {
  const short = (data[1] ?? 0) & 127;
  const start = short === 126 ? 4 : 2;
  const length = short === 126 ? data.readUInt16BE(2) : short;
  if (data.length < start + 4 + length) return undefined;
  const mask = data.subarray(start, start + 4);
  const masked = data.subarray(start + 4, start + 4 + length);
  return Buffer.from(masked.map((byte, index) => byte ^ (mask[index % 4] ?? 0))).toString('utf8');
}

/** Answers the first message of a client, as Realtime answers a join. */
function answerJoin(request: IncomingMessage, socket: Duplex, payload: object): void {
  const accept = createHash('sha1')
    .update(`${request.headers['sec-websocket-key']}${WEBSOCKET_KEY}`)
    .digest('base64');
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  let received = Buffer.alloc(0);
  socket.on('error', () => undefined);
  socket.on('data', (data) => {
    received = Buffer.concat([received, data]);
    const text = received.length > 8 ? readFrame(received) : undefined;
    if (text === undefined) return;
    const { topic, ref } = JSON.parse(text) as { topic: string; ref: string };
    const reply = Buffer.from(JSON.stringify({ topic, ref, event: 'phx_reply', payload }));
    const head = Buffer.from([0x81, 126, reply.length >> 8, reply.length & 255]);
    socket.end(Buffer.concat([head, reply]));
  });
}

/** Starts a server on a free port. */
export async function startStandIn(respond: Respond): Promise<StandIn> {
  const sockets = new Set<Duplex>();
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    const reply = (await standIn.respond(request, Buffer.concat(parts).toString())) ?? {
      status: 404,
    };
    response.writeHead(reply.status ?? 200, reply.headers);
    const { body = {} } = reply;
    const isReady = typeof body === 'string' || Buffer.isBuffer(body);
    response.end(isReady ? body : JSON.stringify(body));
  });
  server.on('upgrade', (request, socket) => {
    sockets.add(socket);
    answerJoin(request, socket, standIn.join);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const standIn: StandIn = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    respond,
    join: { status: 'ok', response: { postgres_changes: [] } },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return standIn;
}

export type Claims = Readonly<Record<string, unknown>>;

export interface StandInIssuer {
  readonly issuer: string;
  readonly server: StandIn;
  /** As a user pool answers. */
  readonly right: Respond;
  /** A token, right but for these claims and this header. An undefined claim is left out. */
  sign(claims?: Claims, options?: SignOptions): Promise<string>;
  close(): Promise<void>;
}

export interface SignOptions {
  readonly kid?: string;
  /** Signs with a key that the issuer does not have. */
  readonly forged?: boolean;
}

/** An issuer with a key of its own. */
export async function startIssuer(): Promise<StandInIssuer> {
  const [own, other] = await Promise.all([generateKeyPair('RS256'), generateKeyPair('RS256')]);
  const jwk = { ...(await exportJWK(own.publicKey)), kid: 'own', alg: 'RS256', use: 'sig' };
  const server = await startStandIn(() => undefined);
  const issuer = `${server.url}/eu-central-1_StandIn`;
  const right: Respond = ({ url = '' }) => {
    if (url.endsWith('/.well-known/jwks.json')) return { body: { keys: [jwk] } };
    if (url.endsWith('/.well-known/openid-configuration')) return { body: { issuer } };
    return undefined;
  };
  server.respond = right;
  return {
    ...{ issuer, server, right },
    close: () => server.close(),
    async sign(claims = {}, { kid = 'own', forged = false } = {}) {
      const now = Math.floor(Date.now() / 1000);
      const usual = {
        ...{ sub: '0b5b4d0e-8d3f-4a0a-9a4e-0c7f3a9d1b11', iss: issuer, client_id: 'app' },
        ...{ token_use: 'access', role: 'authenticated', iat: now, exp: now + 3600 },
      };
      const payload = Object.fromEntries(
        Object.entries({ ...usual, ...claims }).filter(([, value]) => value !== undefined),
      );
      return new SignJWT(payload)
        .setProtectedHeader({ alg: 'RS256', kid })
        .sign(forged ? other.privateKey : own.privateKey);
    },
  };
}

const xml = (name: string, content: string): string =>
  `<${name}Response xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><${name}Result>${content}</${name}Result></${name}Response>`;

/**
 * CloudWatch's DescribeAlarms (AWS JSON 1.0) and SNS' GetTopicAttributes (AWS Query).
 *
 * @param subscribers of every topic
 * @param composite answered only to who asks for them, as by AWS
 */
export const alarmsOf =
  (alarms: readonly object[], subscribers: number, composite: readonly object[] = []): Respond =>
  ({ headers }, body) => {
    if (String(headers['x-amz-target']).endsWith('.DescribeAlarms')) {
      const json = { 'content-type': 'application/x-amz-json-1.0' };
      const isAsked = body.includes('CompositeAlarm');
      const answer = { MetricAlarms: alarms, ...(isAsked && { CompositeAlarms: composite }) };
      return { body: answer, headers: json };
    }
    if (!body.includes('Action=GetTopicAttributes')) return undefined;
    const attribute = `<entry><key>SubscriptionsConfirmed</key><value>${subscribers}</value></entry>`;
    return {
      body: xml('GetTopicAttributes', `<Attributes>${attribute}</Attributes>`),
      headers: { 'content-type': 'text/xml' },
    };
  };

/** Settings of a project, in the words of the Management API. */
export interface HostedAnswers {
  readonly registrations: readonly object[];
  /** What differs in the settings of Supabase Auth. */
  readonly auth: object;
  readonly functions: readonly object[];
  /** Schemas that the Data API exposes. */
  readonly schemas: string;
}

/** A registration as the API answers with it. */
export const registrationOf = (oidc_issuer_url: string | null, more: object = {}): object => ({
  ...{ id: '11111111-1111-4111-8111-111111111111', type: 'oidc', oidc_issuer_url },
  ...{ jwks_url: null, custom_jwks: null, resolved_jwks: null },
  ...{ inserted_at: '2026-11-01T00:00:00Z', updated_at: '2026-11-01T00:00:00Z' },
  resolved_at: null,
  ...more,
});

/** An Edge Function as the API answers with it. */
export const deployedFunction = (slug: string, more: object = {}): object => ({
  ...{ id: slug, slug, name: slug, status: 'ACTIVE', version: 1, created_at: 1, updated_at: 1 },
  verify_jwt: false,
  ...more,
});

/** The settings of a project, as the Management API answers. */
export const hostedOf =
  ({ registrations, auth, functions, schemas: db_schema }: HostedAnswers): Respond =>
  ({ url = '', headers }) => {
    if (headers.authorization !== 'Bearer of-the-test') return { status: 401 };
    const answers: readonly (readonly [end: string, body: object])[] = [
      ['/config/auth/third-party-auth', registrations],
      [
        '/config/auth',
        {
          ...{ disable_signup: true, external_email_enabled: false },
          ...{ external_anonymous_users_enabled: false, ...auth },
        },
      ],
      ['/functions', functions],
      ['/postgrest', { db_schema, max_rows: 1000, db_extra_search_path: 'public', db_pool: null }],
    ];
    const found = answers.find(([end]) => url.endsWith(end));
    return found && { headers: { 'content-type': 'application/json' }, body: found[1] };
  };
