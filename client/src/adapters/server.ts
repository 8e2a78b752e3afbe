/** One request on a server: Next.js, Remix, Hono, or anything that has a `Request`. */
import type { AuthAdapter, Tokens } from '../adapter.ts';

/** Amplify writes names and values percent-encoded. It reads the first of two cookies with the same name. */
const cookiesOf = (header: string): ReadonlyMap<string, string> =>
  new Map(
    header
      .split(/; */)
      .reverse()
      .flatMap((pair) => {
        const at = pair.indexOf('=');
        if (at < 1) return [];
        try {
          const name = decodeURIComponent(pair.slice(0, at));
          return [[name, decodeURIComponent(pair.slice(at + 1))] as const];
        } catch {
          return [];
        }
      }),
  );

/**
 * The tokens of a request: the header `authorization`, or the cookies that Amplify writes with
 * `cookieStorage` and `ssr: true`.
 *
 * They are not verified here. Supabase verifies them at each request, and the policies decide.
 *
 * @param clientId - App client, whose cookies are read. @defaultValue the header alone
 * @returns Null if the request has none.
 */
export function tokensOfRequest(
  request: { readonly headers: Pick<Headers, 'get'> },
  clientId?: string,
): Tokens | null {
  const bearer = /^Bearer +([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(
    request.headers.get('authorization') ?? '',
  )?.[1];
  if (bearer !== undefined) return { accessToken: bearer };
  if (clientId === undefined) return null;
  const cookies = cookiesOf(request.headers.get('cookie') ?? '');
  const prefix = `CognitoIdentityServiceProvider.${clientId}`;
  const user = cookies.get(`${prefix}.LastAuthUser`);
  const accessToken = cookies.get(`${prefix}.${user}.accessToken`);
  const idToken = cookies.get(`${prefix}.${user}.idToken`);
  return accessToken === undefined ? null : { accessToken, idToken };
}

/**
 * An adapter for one request. Make a client for each request, because each has another person.
 *
 * @param tokens - Of the request, or null for somebody who is not signed in.
 * @param renew - Gets new tokens, for example by Amplify's server functions. @defaultValue none: an expired token is
 * refused by Supabase.
 * @example
 * const { supabase } = createCognitoSupabase({ url, publishableKey, auth: serverAuth(tokensOfRequest(request)) });
 */
export const serverAuth = (
  tokens: Tokens | null,
  renew?: () => Promise<Tokens | null>,
): AuthAdapter => ({
  tokens: async (wanted) => (wanted && renew ? renew() : tokens),
  signOut: async () => {},
  listen: () => () => {},
});
