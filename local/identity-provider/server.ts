/**
 * An identity provider on this machine, in place of Google or of a provider of one's own, so that federated sign-in
 * runs for real. It is the certified library oidc-provider. Everybody can sign in, with any email address.
 */
import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type InteractionResults, Provider } from 'oidc-provider';
import { guardNodeRequest, localHosts, readBody } from '../http-guard.ts';
import { listen } from '../listen.ts';
import { MemoryAdapter } from './memory.ts';
import { signInPage } from './page.ts';

export interface IdentityProviderOptions {
  /** 0 takes any free port. It listens on 127.0.0.1 only. */
  readonly port: number;
  /** Shown on its page, for example `Google`. */
  readonly name: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Where people may be sent back to. */
  readonly redirectUris: readonly string[];
}

export interface RunningIdentityProvider {
  readonly issuer: string;
  close(): Promise<void>;
}

/** An account's number, as Google gives one: the same for the same address, on each machine. */
export const subjectOf = (email: string): string =>
  BigInt(`0x${createHash('sha256').update(email.toLowerCase()).digest('hex')}`)
    .toString()
    .slice(0, 21);

const CLAIMS = {
  openid: ['sub'],
  email: ['email', 'email_verified'],
  profile: ['name', 'given_name', 'family_name', 'picture', 'locale'],
};

/** Seconds. */
const HOUR = 3600;

/**
 * @throws KitError PORT_TAKEN
 * @example
 * const google = await startIdentityProvider({ port: 0, name: 'Google', clientId: 'local', clientSecret,
 *   redirectUris: [`${cognito.endpoint}/oauth2/idpresponse`] });
 */
export async function startIdentityProvider(
  options: IdentityProviderOptions,
): Promise<RunningIdentityProvider> {
  const ready = Promise.withResolvers<(...exchange: Exchange) => void>();
  const server = createServer((...exchange) => void ready.promise.then((run) => run(...exchange)));
  const { port, close } = await listen(server, options.port);
  const issuer = `http://127.0.0.1:${port}`;
  const accounts = new Map<string, string>();
  const provider = makeProvider(issuer, options, accounts);
  const handle = provider.callback();
  const policy = { hosts: localHosts(port), origins: [issuer] };
  ready.resolve((request, response) => {
    if (guardNodeRequest(request, response, policy)) return;
    const { pathname } = new URL(request.url ?? '/', issuer);
    if (!pathname.startsWith('/interaction/')) return handle(request, response);
    interact(provider, { options, accounts }, request, response).catch(() => {
      if (response.headersSent) response.destroy();
      else response.writeHead(400, { 'content-type': 'text/plain' }).end('Sign in again.');
    });
  });
  return { issuer, close };
}

type Exchange = readonly [request: IncomingMessage, response: ServerResponse];

function makeProvider(
  issuer: string,
  { clientId, clientSecret, redirectUris }: IdentityProviderOptions,
  accounts: ReadonlyMap<string, string>,
): Provider {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const provider: Provider = new Provider(issuer, {
    clients: [
      {
        client_id: clientId,
        client_secret: clientSecret,
        redirect_uris: [...redirectUris],
        grant_types: ['authorization_code'],
        response_types: ['code'],
      },
    ],
    claims: CLAIMS,
    scopes: ['openid', 'email', 'profile'],
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), alg: 'RS256', use: 'sig' }] },
    cookies: { keys: [randomBytes(32).toString('base64url')] },
    adapter: MemoryAdapter,
    features: { devInteractions: { enabled: false } },
    // Like Google, it has the claims of the scopes in the ID token.
    conformIdTokenClaims: false,
    ttl: { AccessToken: HOUR, IdToken: HOUR, Grant: HOUR, Interaction: HOUR, Session: HOUR },
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
    // Nobody is asked whether the app may know them.
    loadExistingGrant: async ({ oidc }) => {
      const grant = new provider.Grant({
        accountId: oidc.session?.accountId ?? '',
        clientId: oidc.client?.clientId ?? '',
      });
      grant.addOIDCScope(String(oidc.params?.scope));
      await grant.save();
      return grant;
    },
    findAccount: (_, subject) => ({
      accountId: subject,
      claims: () => claimsOf(subject, accounts.get(subject) ?? ''),
    }),
  });
  return provider;
}

const claimsOf = (sub: string, email: string) => {
  const [name = ''] = email.split('@');
  return { sub, email, email_verified: true, name, given_name: name, locale: 'en' };
};

interface Desk {
  readonly options: IdentityProviderOptions;
  /** Email by subject. */
  readonly accounts: Map<string, string>;
}

/** Who signs in. */
async function interact(
  provider: Provider,
  { options, accounts }: Desk,
  ...[request, response]: Exchange
): Promise<void> {
  const { params } = await provider.interactionDetails(request, response);
  if (request.method !== 'POST') {
    const hint = typeof params.login_hint === 'string' ? params.login_hint : '';
    const page = signInPage(options.name, hint);
    const body = String(await page.body);
    response.writeHead(200, page.headers).end(body);
    return;
  }
  const form = new URLSearchParams((await readBody(request)).toString());
  const finish = (result: InteractionResults) =>
    provider.interactionFinished(request, response, result);
  if (form.has('cancel'))
    return finish({ error: 'access_denied', error_description: 'The person has cancelled.' });
  const email = form.get('email') ?? '';
  const accountId = subjectOf(email);
  accounts.set(accountId, email);
  return finish({ login: { accountId } });
}
