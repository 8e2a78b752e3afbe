/** A real token, and what each service answers to it. */
import { compactVerify, errors } from 'jose';
import { trustOf } from '../../token/database.ts';
import { keysOf, mayFetch } from '../../token/issuer.ts';
import type { DecodedToken } from '../../token/read-token.ts';
import { LEEWAY, textClaim } from '../../token/verify.ts';
import { type Context, CouldNotSee, check, type Found, type With } from '../check.ts';

const nameOf = ({ claims }: DecodedToken): string =>
  claims.token_use === 'id' ? 'ID token' : 'access token';

async function signatureOf(token: DecodedToken, context: Context): Promise<Found[]> {
  const place = nameOf(token);
  const issuer = textClaim(token.claims, 'iss');
  if (token.algorithm !== 'RS256')
    return [{ id: 'token-signature-wrong', place, detail: `algorithm ${token.algorithm}` }];
  if (context.issuer !== undefined && issuer !== context.issuer)
    return [{ id: 'token-other-issuer', place, detail: issuer }];
  if (!mayFetch(issuer, context.issuer))
    return [{ id: 'token-other-issuer', place, detail: issuer }];
  // Keys that cannot be read are the finding of the issuer.
  const jwks = await context.fetchJwks(issuer).catch(() => undefined);
  if (jwks === undefined) return [];
  try {
    await compactVerify(token.raw, keysOf(jwks), { algorithms: ['RS256'] });
    return [];
  } catch (error) {
    const isUnknown = error instanceof errors.JWKSNoMatchingKey;
    return [{ id: isUnknown ? 'token-key-unknown' : 'token-signature-wrong', place }];
  }
}

function claimsOf(token: DecodedToken, now: number): Found[] {
  const { claims } = token;
  const place = nameOf(token);
  const seconds = now / 1000;
  const latest = Math.max(Number(claims.nbf ?? 0), Number(claims.iat ?? 0));
  if (typeof claims.exp !== 'number' || claims.exp <= seconds)
    return [{ id: 'token-expired', place, detail: 'expired' }];
  if (latest > seconds + LEEWAY) return [{ id: 'token-expired', place, detail: 'not yet valid' }];
  if (!['access', 'id'].includes(textClaim(claims, 'token_use')))
    return [{ id: 'token-not-of-cognito', place }];
  if (claims.role === undefined) return [{ id: 'token-without-role', place }];
  return claims.role === 'authenticated'
    ? []
    : [{ id: 'token-role-wrong', place, detail: String(claims.role) }];
}

async function problemsOf(token: DecodedToken, context: Context): Promise<readonly Found[]> {
  const signature = await signatureOf(token, context);
  return signature.length > 0 ? signature : claimsOf(token, context.now());
}

export const tokens = check('token', ['token'], async (context) => {
  const found: Found[] = [];
  for (const token of context.token) found.push(...(await problemsOf(token, context)));
  return found;
});

/** The token that the app sends. What is wrong with the token itself is another finding. */
export async function goodToken(context: With<'token'>): Promise<DecodedToken> {
  const token = context.token.find(({ claims }) => claims.token_use === 'access');
  if (token === undefined) throw new CouldNotSee('there is no access token on standard input');
  if ((await problemsOf(token, context)).length > 0)
    throw new CouldNotSee('the token itself is wrong');
  return token;
}

export const tokenTrust = check('trust of the token', ['token', 'database'], async (context) => {
  const token = await goodToken(context);
  const { state, code, reason } = await trustOf(context.database, token.claims);
  return state === 'refused' ? [{ id: 'token-not-trusted', detail: `${code}: ${reason}` }] : [];
});

/** A path that no project has: the token is checked, and nothing is read. */
const NOTHING = '/rest/v1/cognito_supabase_doctor_reads_nothing';

const headersOf = (key: string, token?: string) => ({
  apikey: key,
  ...(token !== undefined && { authorization: `Bearer ${token}` }),
});

const messageIn = (text: string): string => {
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    return typeof message === 'string' ? message : '';
  } catch {
    return '';
  }
};

const reach = (context: With<'dataApi'>, path: string, token?: string) =>
  context.get(`${context.dataApi.url}${path}`, headersOf(context.dataApi.key, token));

export const dataApi = check('Data API', ['dataApi'], async (context): Promise<Found[]> => {
  const place = context.dataApi.url;
  const answer = await reach(context, NOTHING).catch((error: Error) => error);
  if (answer instanceof Error)
    return [{ id: 'data-api-unreachable', place, detail: answer.message }];
  if (answer.status >= 500)
    return [{ id: 'data-api-unreachable', place, detail: `status ${answer.status}` }];
  if (answer.status === 401 && /api key/i.test(messageIn(answer.text)))
    return [{ id: 'data-api-key-refused', place }];
  return [];
});

/** The same token with another signature of the same length. */
const forged = (raw: string): string => {
  const at = raw.lastIndexOf('.') + 1;
  return raw.slice(0, at) + 'A'.repeat(raw.length - at);
};

export const dataApiWithToken = check(
  'Data API with the token',
  ['dataApi', 'token'],
  async (context) => {
    const token = await goodToken(context);
    const open = await reach(context, NOTHING).catch(() => undefined);
    if (open === undefined || open.status >= 500 || open.status === 401)
      throw new CouldNotSee('the Data API does not answer without a token');
    const place = context.dataApi.url;
    const wrong = await reach(context, NOTHING, forged(token.raw));
    if (wrong.status !== 401 && wrong.status !== 403)
      return [{ id: 'data-api-accepts-forgery', place, detail: `status ${wrong.status}` }];
    const { status, text } = await reach(context, NOTHING, token.raw);
    // PT401 and PT403 are the database's, and the finding token-not-trusted.
    const isRefused = (status === 401 || status === 403) && !/"PT40[13]"/.test(text);
    return isRefused ? [{ id: 'data-api-refuses-token', place, detail: messageIn(text) }] : [];
  },
);

export const storage = check('Storage with the token', ['dataApi', 'token'], async (context) => {
  const token = await goodToken(context);
  const { status, text } = await reach(context, '/storage/v1/bucket', token.raw);
  if (status === 404) throw new CouldNotSee('there is no Storage at this address');
  return status >= 400 && status < 404
    ? [{ id: 'storage-refuses-token', place: context.dataApi.url, detail: messageIn(text) }]
    : [];
});

/** The kit's own function, which only reads. What another one does with a call is not known. */
const OWN_FUNCTION = 'me';

export const edgeFunctions = check(
  'Edge Functions with the token',
  ['dataApi', 'token', 'project'],
  async (context) => {
    if (!context.project.verifiers.includes(OWN_FUNCTION))
      throw new CouldNotSee(`the project does not have the function ${OWN_FUNCTION} of the kit`);
    const token = await goodToken(context);
    const { status, text } = await reach(context, `/functions/v1/${OWN_FUNCTION}`, token.raw);
    if (status === 404) throw new CouldNotSee('there are no Edge Functions at this address');
    const isRefused = status === 401 && !/"PT40[13]"/.test(text);
    return isRefused
      ? [{ id: 'function-refuses-token', place: OWN_FUNCTION, detail: messageIn(text) }]
      : [];
  },
);

export const authSettings = check('sign-ups of Supabase Auth', ['dataApi'], async (context) => {
  const { status, text } = await reach(context, '/auth/v1/settings');
  if (status !== 200) throw new CouldNotSee('there is no Supabase Auth at this address');
  const { disable_signup: isClosed } = JSON.parse(text) as { disable_signup?: unknown };
  return isClosed === false ? [{ id: 'auth-sign-ups-open', place: context.dataApi.url }] : [];
});
