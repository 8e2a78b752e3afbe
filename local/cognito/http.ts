/**
 * The pool over HTTP: AWS's JSON protocol on `/`, the issuer's two documents, and the mail.
 *
 * It replaces cognito-local's server, which tells every origin that it may call, names localhost:9229
 * as the issuer whatever the port, has OAuth2 routes that ask no password, and answers with stack
 * traces.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { BodyTooLargeError, type GuardPolicy, guardNodeRequest, readBody } from '../http-guard.ts';
import { awsError, CognitoError, UnsupportedError } from './errors.ts';
import { INBOX_HEADERS, renderInbox } from './inbox.ts';
import type { KeyRing } from './keys.ts';
import type { Mailbox } from './mailbox.ts';
import { checkPageMay, type Dispatch } from './operations.ts';

export interface HttpSettings {
  readonly policy: GuardPolicy;
  readonly issuer: string;
  readonly userPoolId: string;
  readonly keys: KeyRing;
  readonly mailbox: Mailbox;
  readonly dispatch: Dispatch;
  /** Resolves when all that was changed is on disk. */
  readonly flushed: () => Promise<void>;
  /** Takes what only a developer should see: never a password, a code or a token. */
  readonly warn: (line: string) => void;
}

type Exchange = readonly [request: IncomingMessage, response: ServerResponse];
type Handler = (...exchange: Exchange) => void | Promise<void>;

const AMZ_JSON = 'application/x-amz-json-1.1';
const TARGET = /^AWSCognitoIdentityProviderService\.([A-Za-z]{1,64})$/;

export type Listener = (...exchange: Exchange) => void;

/** The listener for node:http's server. */
export function makeListener(settings: HttpSettings): Listener {
  const handle = async (...[request, response]: Exchange): Promise<void> => {
    if (guardNodeRequest(request, response, settings.policy)) return;
    const url = URL.parse(request.url ?? '/', 'http://local');
    if (url === null) return json(response, 404, { message: 'Not found.' });
    if (request.method === 'POST' && url.pathname === '/')
      return serveOperation(settings, request, response);
    const page = pages(settings, url)[url.pathname];
    if (page === undefined) return json(response, 404, { message: 'Not found.' });
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return json(response, 405, { message: 'Method not allowed.' });
    return page(request, response);
  };
  return (request, response) => {
    handle(request, response).catch((error: unknown) => {
      settings.warn(`cognito: ${describe(error)}`);
      if (response.headersSent) response.destroy();
      else json(response, 500, { message: 'Internal error.' });
    });
  };
}

function pages(settings: HttpSettings, url: URL): Readonly<Record<string, Handler | undefined>> {
  const { issuer, userPoolId, keys, mailbox } = settings;
  const to = url.searchParams.get('to') ?? undefined;
  return {
    __proto__: null as never,
    '/health': (_, response) => json(response, 200, { ok: true }),
    [`/${userPoolId}/.well-known/jwks.json`]: (_, response) => json(response, 200, keys.jwks()),
    [`/${userPoolId}/.well-known/openid-configuration`]: (_, response) =>
      json(response, 200, {
        issuer,
        jwks_uri: `${issuer}/.well-known/jwks.json`,
        id_token_signing_alg_values_supported: ['RS256'],
        response_types_supported: ['code', 'token'],
        scopes_supported: ['openid', 'email', 'phone', 'profile'],
        subject_types_supported: ['public'],
      }),
    '/_local/messages': (_, response) => json(response, 200, mailbox.list(to)),
    '/_local/inbox': (_, response) => {
      response.writeHead(200, { ...INBOX_HEADERS, ...PRIVATE });
      response.end(renderInbox(mailbox, to));
    },
  };
}

/** Another site can embed what it cannot read, so it gets nothing to embed either. */
const PRIVATE = {
  'cache-control': 'no-store',
  'cross-origin-resource-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
};

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    ...PRIVATE,
  });
  response.end(JSON.stringify(body));
}

async function serveOperation(settings: HttpSettings, ...[request, response]: Exchange) {
  const id = randomUUID();
  try {
    const answer = await runOperation(settings, request);
    response.writeHead(200, { ...PRIVATE, 'content-type': AMZ_JSON, 'x-amzn-requestid': id });
    response.end(JSON.stringify(answer, epochSeconds));
  } catch (error) {
    if (request.destroyed && !request.complete) return;
    const { status, code, message } = toFailure(error, settings.warn);
    if (status === 413) response.setHeader('connection', 'close');
    response.writeHead(status, {
      ...PRIVATE,
      'content-type': AMZ_JSON,
      'x-amzn-requestid': id,
      'x-amzn-errortype': code,
    });
    response.end(JSON.stringify({ __type: code, message }));
  }
}

async function runOperation(settings: HttpSettings, request: IncomingMessage): Promise<object> {
  const target = request.headers['x-amz-target'];
  const body = await readBody(request);
  const [, name] = TARGET.exec(typeof target === 'string' ? target : '') ?? [];
  if (name === undefined)
    throw awsError(
      'UnknownOperationException',
      'The header x-amz-target must be AWSCognitoIdentityProviderService.<operation>.',
    );
  // Nothing is signed here; but what comes from a page would not be signed in AWS either.
  if (request.headers.origin !== undefined) checkPageMay(name);
  try {
    return await settings.dispatch(name, parse(body));
  } finally {
    await settings.flushed();
  }
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw awsError('SerializationException', 'The body is not valid JSON.');
  }
}

/** AWS's JSON has times as seconds since the epoch, with fractions. */
function epochSeconds(this: unknown, key: string, value: unknown): unknown {
  const original = (this as Record<string, unknown>)[key];
  return original instanceof Date ? original.getTime() / 1000 : value;
}

interface Failure {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

function toFailure(error: unknown, warn: HttpSettings['warn']): Failure {
  if (error instanceof CognitoError)
    return { status: 400, code: error.code, message: error.message };
  if (error instanceof UnsupportedError)
    return { status: 400, code: 'UnsupportedOperationException', message: error.message };
  if (error instanceof BodyTooLargeError)
    return { status: 413, code: 'RequestEntityTooLargeException', message: error.message };
  warn(`cognito: ${describe(error)}`);
  return { status: 500, code: 'InternalErrorException', message: 'Internal error.' };
}

/** Where it happened, and not what was in the request. */
const describe = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.name) : 'unknown error';
