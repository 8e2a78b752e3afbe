/** A program that signs in as itself, with the client credentials of OAuth 2.0 (RFC 6749, 4.4). It runs on a server. */
import type { AuthAdapter, Tokens } from '../adapter.ts';

export interface MachineCredentials {
  /** `https://DOMAIN/oauth2/token` of the user pool. */
  readonly tokenEndpoint: string;
  readonly clientId: string;
  /** Never in a browser. */
  readonly clientSecret: string;
  /** `RESOURCE-SERVER/SCOPE`. @defaultValue all that the app client may have */
  readonly scopes?: readonly string[];
}

/** Milliseconds until a silent endpoint counts as unreachable. */
const PATIENCE = 10_000;

/** Error codes of RFC 6749 are words. Anything else of an answer could repeat the secret. */
async function reasonOf(answer: Response): Promise<string> {
  const { error } = (await answer.json().catch(() => ({}))) as { readonly error?: unknown };
  return typeof error === 'string' && /^\w{1,40}$/.test(error) ? error : `HTTP ${answer.status}`;
}

async function fetchTokens(credentials: MachineCredentials): Promise<Tokens> {
  const { tokenEndpoint, clientId, clientSecret, scopes } = credentials;
  const answer = await fetch(tokenEndpoint, {
    method: 'POST',
    headers: {
      authorization: `Basic ${btoa(`${clientId}:${clientSecret}`)}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      ...(scopes && { scope: scopes.join(' ') }),
    }).toString(),
    redirect: 'error',
    signal: AbortSignal.timeout(PATIENCE),
  });
  if (!answer.ok) throw new Error(`the user pool gives no token: ${await reasonOf(answer)}`);
  const { access_token: accessToken } = (await answer.json()) as { readonly access_token: string };
  return { accessToken };
}

/**
 * An adapter for a program. It gets a token at once, and a new one before that expires: Cognito has no
 * refresh tokens for programs, and charges for each token.
 *
 * supabase-js repeats a read three times in 7 seconds if it gets no token, even where the pool refuses the credentials.
 * `supabase: { db: { retry: false } }` ends that.
 *
 * @throws Error in `tokens` if the pool gives none, with the reason of the pool
 * @example
 * const auth = machineAuth({ tokenEndpoint, clientId, clientSecret, scopes: ['letters/read'] });
 * const { supabase } = createCognitoSupabase({ url, publishableKey, auth });
 */
export function machineAuth(credentials: MachineCredentials): AuthAdapter {
  let tokens: Promise<Tokens> | undefined;
  return {
    tokens: (renew) => {
      if (renew) tokens = undefined;
      tokens ??= fetchTokens(credentials).catch((error: unknown) => {
        // The next request tries again.
        tokens = undefined;
        throw error;
      });
      return tokens;
    },
    signOut: async () => {
      tokens = undefined;
    },
    listen: () => () => {},
  };
}
