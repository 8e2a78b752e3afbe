/** The emulator over HTTP: AWS's JSON protocol on `/`, the documents of each issuer, and the mail. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  BodyTooLargeError,
  type GuardPolicy,
  guardNodeRequest,
  readBody,
} from '../../http-guard.ts';
import { checkPageMay, type Dispatch } from '../api/dispatch.ts';
import { awsError, CognitoError } from '../core/errors.ts';
import type { Pool } from '../core/pool/pool.ts';
import type { Service } from '../core/pool/service.ts';
import type { Mailbox } from '../mail/mailbox.ts';
import { isFormPath, isOAuthPath, takesForeignForms } from '../oauth/paths.ts';
import { isImportPath, serveImportFile } from './import-file.ts';
import { isMailPage, mailPage } from './mail-pages.ts';

export interface HttpSettings {
  readonly policy: GuardPolicy;
  readonly service: Service;
  readonly mailbox: Mailbox;
  readonly dispatch: Dispatch;
  /** Takes lines about failures, without passwords, codes and tokens. */
  readonly warn: (line: string) => void;
}

type Exchange = readonly [request: IncomingMessage, response: ServerResponse];
type Handler = (...exchange: Exchange) => void | Promise<void>;

const AMZ_JSON = 'application/x-amz-json-1.1';
const TARGET = /^AWSCognitoIdentityProviderService\.([A-Za-z]{1,64})$/;

export type Listener = (...exchange: Exchange) => void;

/** The listener for node:http's server. */
export function makeListener(settings: HttpSettings): Listener {
  const pages = lazyPages(settings);
  const handle = async (...[request, response]: Exchange): Promise<void> => {
    const url = URL.parse(request.url ?? '/', 'http://local');
    if (guardNodeRequest(request, response, policyFor(settings, request, url?.pathname))) return;
    if (url === null) return json(response, 404, { message: 'Not found.' });
    if (isOAuthPath(url.pathname)) return (await pages())(request, response);
    if (request.method === 'POST' && url.pathname === '/')
      return serveOperation(settings, request, response);
    if (isImportPath(url.pathname))
      return serveImportFile(settings.service, url, request, response);
    const page = pageAt(settings, url);
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

/** Managed login and its framework are loaded with the first request for them, so that a start is fast. */
function lazyPages(settings: HttpSettings) {
  let listener: ReturnType<typeof load> | undefined;
  const load = async () => (await import('../oauth/app.ts')).makeOAuthListener(settings);
  return () => {
    listener ??= load();
    return listener;
  };
}

const originsOf = (host: string): readonly string[] => [`http://${host}`, `https://${host}`];

/** The pages of managed login send forms to themselves. No other path takes requests of own pages. */
function policyFor({ policy }: HttpSettings, request: IncomingMessage, path = ''): GuardPolicy {
  const { origin } = request.headers;
  if (takesForeignForms(path) && origin !== undefined) return { ...policy, origins: [origin] };
  if (!isFormPath(path)) return policy;
  return { ...policy, origins: [...policy.origins, ...policy.hosts.flatMap(originsOf)] };
}

function pageAt(settings: HttpSettings, url: URL): Handler | undefined {
  const { mailbox, service } = settings;
  const to = url.searchParams.get('to') ?? undefined;
  if (url.pathname === '/health') return (_, response) => json(response, 200, { ok: true });
  if (url.pathname === '/_local/messages')
    return (_, response) => json(response, 200, mailbox.list(to));
  if (isMailPage(url.pathname))
    return async (_, response) => {
      const page = await mailPage(settings, url);
      if (page === undefined) return json(response, 404, { message: 'Not found.' });
      response.writeHead(200, { ...page.headers, ...PRIVATE }).end(page.text);
    };
  const [, id = '', name = ''] = /^\/([\w-]+)\/\.well-known\/([\w.-]+)$/.exec(url.pathname) ?? [];
  const pool = service.find(id);
  return pool && documentOf(pool, name, service.settings.endpoint);
}

/** The documents of an issuer. */
function documentOf({ issuer, keys }: Pool, name: string, endpoint: string): Handler | undefined {
  if (name === 'jwks.json') return (_, response) => json(response, 200, keys.jwks());
  if (name !== 'openid-configuration') return undefined;
  return (_, response) =>
    json(response, 200, {
      issuer,
      jwks_uri: `${issuer}/.well-known/jwks.json`,
      authorization_endpoint: `${endpoint}/oauth2/authorize`,
      token_endpoint: `${endpoint}/oauth2/token`,
      userinfo_endpoint: `${endpoint}/oauth2/userInfo`,
      revocation_endpoint: `${endpoint}/oauth2/revoke`,
      end_session_endpoint: `${endpoint}/logout`,
      token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
      id_token_signing_alg_values_supported: ['RS256'],
      response_types_supported: ['code', 'token'],
      scopes_supported: ['openid', 'email', 'phone', 'profile'],
      subject_types_supported: ['public'],
    });
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
  // Signatures are not checked. A request of a web page would not be signed on AWS either.
  if (request.headers.origin !== undefined) checkPageMay(name);
  return settings.dispatch(name, parse(body));
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
  if (error instanceof BodyTooLargeError)
    return { status: 413, code: 'RequestEntityTooLargeException', message: error.message };
  warn(`cognito: ${describe(error)}`);
  return { status: 500, code: 'InternalErrorException', message: 'Internal error.' };
}

/** Where it happened, and not what was in the request. */
const describe = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.name) : 'unknown error';
