/** Set-ups around the database that are wrong: issuer, token, services and config.toml. */
import type { IncomingMessage } from 'node:http';
import type { FindingId } from '../../cli/doctor/catalogue/index.ts';
import { decodeToken } from '../../cli/token/read-token.ts';
import type { Claims, Reply, SignOptions } from '../support/doctor-world.ts';
import { CLOUD_ROWS } from './doctor-cloud-rows.ts';
import { blank, type OutsideRow, outside } from './doctor-row.ts';

/** An issuer that answers this in place of one of its documents. */
const issuerRow = (id: FindingId, how: string, document: string, reply: Reply) =>
  outside(id, how, (right, { issuer }) => {
    issuer.server.respond = (request, body) =>
      request.url?.endsWith(document) ? reply : issuer.right(request, body);
    return {
      context: { ...blank(right), issuer: issuer.issuer },
      undo: () => {
        issuer.server.respond = issuer.right;
      },
    };
  });

const DISCOVERY = 'openid-configuration';
const JWKS = 'jwks.json';
const UPDATED = 'https://issuer-cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbC';
const CLOSED = 'http://127.0.0.1:9';

const offline = async (): Promise<never> => {
  throw new Error('of the test: there is no network');
};

const ISSUER = [
  outside('issuer-unreachable', 'nothing answers', (right) => ({
    context: { ...blank(right), issuer: `${CLOSED}/eu-central-1_AbC` },
  })),
  issuerRow('issuer-unreachable', 'there is no such pool', DISCOVERY, { status: 404 }),
  issuerRow('issuer-unreachable', 'it redirects', DISCOVERY, {
    ...{ status: 302, headers: { location: '/elsewhere' } },
  }),
  issuerRow('issuer-mismatch', 'a slash at the end', DISCOVERY, {
    body: { issuer: 'https://example.com/' },
  }),
  issuerRow('issuer-mismatch', 'no JSON', DISCOVERY, { body: '<html>' }),
  issuerRow('jwks-unreachable', 'status 500', JWKS, { status: 500 }),
  issuerRow('jwks-unreachable', 'no JSON', JWKS, { body: '<html>' }),
  issuerRow('jwks-without-keys', 'an empty set', JWKS, { body: { keys: [] } }),
  issuerRow('jwks-without-keys', 'keys of another kind', JWKS, {
    body: { keys: [{ kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' }] },
  }),
  outside('issuer-form-updated', 'the pool has the newer form', (right) => ({
    context: { ...blank(right), issuer: UPDATED, get: offline },
  })),
];

const CLOCKS = [
  outside('clock-differs', 'of this machine', ({ database, ...right }) => ({
    context: { ...blank(right), ...(database && { database }), now: () => Date.now() + 120_000 },
  })),
  outside('clock-differs', 'of the Data API', (right, { front, rightFront }) => {
    const date = new Date(Date.now() - 300_000).toUTCString();
    front.respond = async (request, body) => ({
      ...(await rightFront(request, body)),
      headers: { date },
    });
    return {
      context: { ...blank(right), ...(right.dataApi && { dataApi: right.dataApi }) },
      undo: () => {
        front.respond = rightFront;
      },
    };
  }),
];

/** A token of the stand-in issuer, wrong in these claims. */
const tokenRow = (id: FindingId, how: string, claims: Claims, options?: SignOptions) =>
  outside(id, how, async (right, { issuer }) => ({
    context: {
      ...blank(right),
      issuer: issuer.issuer,
      token: [decodeToken(await issuer.sign(claims, options))],
    },
  }));

const inSeconds = (seconds: number): number => Math.floor(Date.now() / 1000) + seconds;
const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

const TOKENS = [
  tokenRow('token-key-unknown', 'a key that was replaced', {}, { kid: 'replaced' }),
  tokenRow('token-signature-wrong', 'the id of the right key', {}, { forged: true }),
  outside('token-signature-wrong', 'HS256', (right, { issuer }) => ({
    context: {
      ...blank(right),
      issuer: issuer.issuer,
      token: [decodeToken(`${part({ alg: 'HS256' })}.${part({ iss: issuer.issuer })}.AAAA`)],
    },
  })),
  tokenRow('token-other-issuer', 'the pool of another stage', { iss: 'https://example.com' }),
  tokenRow('token-expired', 'an hour ago', { iat: inSeconds(-7200), exp: inSeconds(-3600) }),
  tokenRow('token-expired', 'it begins in an hour', { nbf: inSeconds(3600), exp: inSeconds(7200) }),
  tokenRow('token-not-of-cognito', 'no token_use', { token_use: undefined }),
  tokenRow('token-without-role', 'no trigger', { role: undefined }),
  tokenRow('token-without-role', 'of the ID token', { token_use: 'id', role: undefined }),
  tokenRow('token-role-wrong', 'service_role', { role: 'service_role' }),
  tokenRow('token-role-wrong', 'an application role', { role: 'editor' }),
  outside('token-not-trusted', 'the session was ended', (right) => ({
    context: right,
    sql: `select public.revoke_session('${String(right.token?.[0]?.claims.origin_jti)}')`,
  })),
];

/** A front that answers this to some requests. */
const frontRow = (
  id: FindingId,
  how: string,
  change: (request: IncomingMessage) => Reply | undefined,
) =>
  outside(id, how, (right, { front, rightFront }) => {
    front.respond = (request, body) => change(request) ?? rightFront(request, body);
    return {
      context: right,
      undo: () => {
        front.respond = rightFront;
      },
    };
  });

const isRest = ({ url = '' }: IncomingMessage): boolean => url.startsWith('/rest/');

const SERVICES = [
  outside('data-api-unreachable', 'nothing answers', (right) => ({
    context: { ...blank(right), dataApi: { url: CLOSED, key: 'key' } },
  })),
  frontRow('data-api-unreachable', 'the project is paused', (request) =>
    isRest(request) ? { status: 540 } : undefined,
  ),
  outside('data-api-key-refused', 'a key of another project', (right) => ({
    context: { ...right, dataApi: { url: right.dataApi?.url ?? '', key: 'sb_publishable_other' } },
  })),
  frontRow('data-api-refuses-token', 'the issuer is not registered', (request) =>
    isRest(request) && 'authorization' in request.headers
      ? { status: 401, body: { code: 'PGRST301', message: 'No suitable key' } }
      : undefined,
  ),
  frontRow('data-api-accepts-forgery', 'it checks no signature', (request) =>
    isRest(request) ? { status: 404, body: { code: 'PGRST205' } } : undefined,
  ),
  frontRow('storage-refuses-token', 'the issuer is not registered', ({ url }) =>
    url === '/storage/v1/bucket'
      ? { status: 400, body: { statusCode: '403', message: 'signature verification failed' } }
      : undefined,
  ),
  frontRow('function-refuses-token', 'the platform checks it', ({ url }) =>
    url === '/functions/v1/me'
      ? { status: 401, body: { code: 401, message: 'Invalid JWT' } }
      : undefined,
  ),
  frontRow('auth-sign-ups-open', 'as a new project', ({ url }) =>
    url === '/auth/v1/settings' ? { body: { disable_signup: false } } : undefined,
  ),
  outside('realtime-refuses-token', 'the issuer is not registered', (right, { front }) => {
    const { join } = front;
    front.join = { status: 'error', response: { reason: 'InvalidJWTToken' } };
    return {
      context: right,
      undo: () => {
        front.join = join;
      },
    };
  }),
];

/** The repository's config.toml, changed. */
const configRow = (id: FindingId, how: string, change: (text: string) => string) =>
  outside(id, how, (right) => {
    const { project, issuer } = right;
    if (project?.config === undefined) throw new Error('there is no config.toml');
    const config = change(project.config);
    if (config === project.config) throw new Error(`${how}: config.toml is as before`);
    return {
      context: { ...blank(right), project: { ...project, config }, ...(issuer && { issuer }) },
    };
  });

const THIRD_PARTY = '[auth.third_party.aws_cognito]\nenabled = true';

const CONFIG = [
  configRow('config-unreadable', 'no TOML', (text) => `${text}\n[`),
  configRow('config-third-party-missing', 'it is disabled', (text) =>
    text.replace(THIRD_PARTY, THIRD_PARTY.replace('true', 'false')),
  ),
  configRow('config-third-party-missing', 'a file as `supabase init` makes it', (text) =>
    text.replace(/\[auth\.third_party\.aws_cognito\][^[]*/, ''),
  ),
  configRow('config-other-pool', 'the pool of another stage', (text) =>
    text.replace(/^user_pool_id = .*$/m, 'user_pool_id = "local-1_Other"'),
  ),
  configRow('config-other-pool', 'another issuer by the provider that takes any', (text) =>
    text
      .replace(THIRD_PARTY, THIRD_PARTY.replace('true', 'false'))
      .concat('\n[auth.third_party.workos]\nenabled = true\nissuer_url = "https://example.com"\n'),
  ),
  configRow('config-several-providers', 'two', (text) =>
    text.concat('\n[auth.third_party.firebase]\nenabled = true\nproject_id = "p"\n'),
  ),
  configRow('config-verify-jwt', 'it is true', (text) =>
    text.replace('[functions.me]\nverify_jwt = false', '[functions.me]\nverify_jwt = true'),
  ),
  configRow('config-verify-jwt', 'a function without a section', (text) =>
    text.replace('[functions.me]\nverify_jwt = false', ''),
  ),
  configRow('config-exposes-schema', 'the directory', (text) =>
    text.replace('schemas = ["public"]', 'schemas = ["public", "cognito"]'),
  ),
  configRow('config-sign-ups-open', 'the default', (text) =>
    text.replace('enable_signup = false', ''),
  ),
  configRow('config-anonymous-sign-ins', 'they are on', (text) =>
    text.replace(
      'enable_signup = false',
      'enable_signup = false\nenable_anonymous_sign_ins = true',
    ),
  ),
];

export const OUTSIDE_ROWS: readonly OutsideRow[] = [
  ...ISSUER,
  ...CLOCKS,
  ...TOKENS,
  ...SERVICES,
  ...CONFIG,
  ...CLOUD_ROWS,
];
