/** What is right and wrong with a token, without a database: signature, issuer, times, kind, app client, role. */
import { AUTHENTICATED_ROLE } from '@cognito-supabase/contract/claims';
import {
  compactVerify,
  errors,
  type JSONWebKeySet,
  type JWTPayload,
  type JWTVerifyGetKey,
} from 'jose';
import { cognitoIssuer, keysOf, mayFetch } from './issuer.ts';
import { claimText } from './json.ts';
import type { DecodedToken } from './read-token.ts';

export type CheckName =
  | 'signature'
  | 'issuer'
  | 'expiry'
  | 'not before'
  | 'token_use'
  | 'app client'
  | 'role';

export interface CheckResult {
  readonly name: CheckName;
  /** `unknown`: it could not be checked. */
  readonly state: 'right' | 'wrong' | 'unknown';
  readonly text: string;
}

export interface VerifyOptions {
  /** The issuer that the caller expects. @default - any pool of Amazon Cognito */
  readonly issuer: string | undefined;
  /** Fetches the key set of an issuer. */
  readonly fetchJwks: (issuer: string) => Promise<JSONWebKeySet>;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** A text of the token, or '' if the claim is missing or no text. */
export const textClaim = (claims: JWTPayload, name: string): string => {
  const value = claims[name];
  return typeof value === 'string' ? value : '';
};

/** The app client: `client_id` of an access token, `aud` of an ID token. */
export const clientOf = (claims: JWTPayload): string =>
  textClaim(claims, claims.token_use === 'id' ? 'aud' : 'client_id');

const result = (name: CheckName, state: CheckResult['state'], text: string): CheckResult => ({
  ...{ name, state, text },
});

async function checkSignature(token: DecodedToken, options: VerifyOptions): Promise<CheckResult> {
  const issuer = textClaim(token.claims, 'iss');
  const say = (state: CheckResult['state'], text: string) => result('signature', state, text);
  if (token.algorithm !== 'RS256')
    return say('wrong', `the algorithm is ${token.algorithm}, and only RS256 is accepted`);
  if (!mayFetch(issuer, options.issuer)) {
    const why = 'the keys of this issuer are not fetched: see issuer';
    return say('unknown', why);
  }
  let keys: JWTVerifyGetKey;
  try {
    keys = keysOf(await options.fetchJwks(issuer));
  } catch (error) {
    return say('unknown', `the keys of the issuer cannot be read (${(error as Error).message})`);
  }
  try {
    await compactVerify(token.raw, keys, { algorithms: ['RS256'] });
    return say('right', 'it is by a key of the issuer, with RS256');
  } catch (error) {
    if (error instanceof errors.JWKSNoMatchingKey)
      return say('wrong', 'the issuer has no such key: another pool, or a key that was replaced');
    return say('wrong', 'it is not by the key that the token names');
  }
}

function checkIssuer({ claims }: DecodedToken, named: string | undefined): CheckResult {
  const issuer = textClaim(claims, 'iss');
  const say = (state: CheckResult['state'], text: string) => result('issuer', state, text);
  if (issuer === '') return say('wrong', 'the token has no claim iss');
  if (named !== undefined) {
    return issuer === named
      ? say('right', `${issuer}, as expected`)
      : say('wrong', `${issuer}, and not ${named}`);
  }
  const pool = cognitoIssuer(issuer);
  if (pool === undefined)
    return say('wrong', `${issuer} is no issuer of Amazon Cognito; --issuer names another one`);
  if (pool.form === 'updated') {
    const why = 'Supabase builds the form https://cognito-idp.REGION.amazonaws.com/POOL';
    return say(
      'wrong',
      `${issuer} is the newer form, and ${why}: set IssuerConfiguration ORIGINAL`,
    );
  }
  return say('right', `user pool ${pool.poolId}`);
}

/** PostgREST's tolerance for clocks, in seconds. */
export const LEEWAY = 30;

const ago = (seconds: number): string =>
  Math.abs(seconds) < 120 ? `${Math.abs(seconds)} s` : `${Math.round(Math.abs(seconds) / 60)} min`;

function checkExpiry({ claims: { exp } }: DecodedToken, now: number): CheckResult {
  if (typeof exp !== 'number') return result('expiry', 'wrong', 'the token has no claim exp');
  const left = exp - Math.floor(now / 1000);
  return left > 0
    ? result('expiry', 'right', `it expires in ${ago(left)}`)
    : result('expiry', 'wrong', `it expired ${ago(left)} ago`);
}

function checkBegin({ claims: { nbf, iat } }: DecodedToken, now: number): CheckResult {
  const latest = Math.max(...[nbf, iat].map((time) => (typeof time === 'number' ? time : 0)));
  const ahead = latest - Math.floor(now / 1000);
  return ahead > LEEWAY
    ? result('not before', 'wrong', `it begins in ${ago(ahead)}: compare the clocks`)
    : result('not before', 'right', 'it has begun');
}

function checkUse({ claims }: DecodedToken): CheckResult {
  const use = textClaim(claims, 'token_use');
  if (use === 'access') return result('token_use', 'right', 'an access token');
  if (use === 'id')
    return result('token_use', 'right', 'an ID token; clients of the kit send the access token');
  return result('token_use', 'wrong', 'neither access nor id, so it is no token of Cognito');
}

function checkClient({ claims }: DecodedToken): CheckResult {
  const client = clientOf(claims);
  if (client === '') return result('app client', 'wrong', 'the token names no app client');
  const isMachine = claims.sub === client;
  return result('app client', 'right', `${client}${isMachine ? ', a machine' : ''}`);
}

function checkRole({ claims }: DecodedToken): CheckResult {
  const say = (state: CheckResult['state'], text: string) => result('role', state, text);
  if (claims.role === undefined) {
    const version = claims.token_use === 'id' ? '' : ' with events of version 2 or 3';
    return say('wrong', `none: the pre-token trigger did not add it. Attach it${version}`);
  }
  if (claims.role === AUTHENTICATED_ROLE) return say('right', AUTHENTICATED_ROLE);
  return say('wrong', `${claimText(claims.role)}, and people may only be ${AUTHENTICATED_ROLE}`);
}

/** All checks, in the order in which they are shown. */
export async function verify(
  token: DecodedToken,
  options: VerifyOptions,
): Promise<readonly CheckResult[]> {
  return [
    await checkSignature(token, options),
    checkIssuer(token, options.issuer),
    checkExpiry(token, options.now),
    checkBegin(token, options.now),
    checkUse(token),
    checkClient(token),
    checkRole(token),
  ];
}
