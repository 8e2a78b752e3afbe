/**
 * Which issuers' keys may be fetched. The issuer in a token is text of a stranger. So its URL is only opened if it is one
 * of Amazon Cognito, or the one that the caller has named.
 */
import { createLocalJWKSet, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';

/** Deadline for an answer, in milliseconds. */
const TIMEOUT = 5_000;
/** Longest document, in bytes. Cognito's key set has about 1 KB. */
const LONGEST = 100_000;

/** A user pool, from an issuer of Amazon Cognito. */
export interface CognitoIssuer {
  readonly region: string;
  readonly poolId: string;
  /** `original` is the form that Supabase builds from pool id and region. */
  readonly form: 'original' | 'updated';
}

const COGNITO =
  /^https:\/\/(issuer-)?cognito-idp\.([a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws\.com(\.cn)?\/(([a-z]{2}(?:-[a-z]+)+-\d)_[A-Za-z0-9]{1,55})$/;

/** @returns undefined if it is no issuer of Amazon Cognito, to the letter. */
export function cognitoIssuer(issuer: string): CognitoIssuer | undefined {
  const [, updated, region = '', china, poolId = '', poolRegion] = COGNITO.exec(issuer) ?? [];
  if (region === '' || poolRegion !== region) return undefined;
  if ((china !== undefined) !== region.startsWith('cn-')) return undefined;
  return { region, poolId, form: updated === undefined ? 'original' : 'updated' };
}

const LOOPBACK = /^(127\.0\.0\.1|localhost|\[::1\])$/;

/** Whether an issuer that the caller has named can be used: HTTPS, or a server of this machine. */
export function isUsable(issuer: string): boolean {
  if (!URL.canParse(issuer)) return false;
  const { protocol, hostname, username, search, hash } = new URL(issuer);
  if (username !== '' || search !== '' || hash !== '') return false;
  return protocol === 'https:' || (protocol === 'http:' && LOOPBACK.test(hostname));
}

/** Whether the keys of the issuer in a token may be fetched. */
export const mayFetch = (issuer: string, named: string | undefined): boolean =>
  named === undefined ? cognitoIssuer(issuer) !== undefined : issuer === named && isUsable(issuer);

/** An answer of a server, as text, with its clock. */
export interface Answer {
  readonly status: number;
  readonly text: string;
  /** Header `Date`, in milliseconds since the epoch. */
  readonly date: number | undefined;
}

/**
 * Gets a small document. It follows no redirect.
 *
 * @throws Error if there is no answer within 5 s, or one that is too long
 */
export async function get(url: string, headers: Readonly<Record<string, string>> = {}) {
  const answer = await fetch(url, {
    headers,
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT),
  });
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of answer.body ?? []) {
    size += part.length;
    if (size > LONGEST) throw new Error('the answer is too long');
    parts.push(part);
  }
  const date = Date.parse(answer.headers.get('date') ?? '');
  return {
    status: answer.status,
    text: Buffer.concat(parts).toString('utf8'),
    date: Number.isNaN(date) ? undefined : date,
  } satisfies Answer;
}

export const jwksUrl = (issuer: string): string => `${issuer}/.well-known/jwks.json`;

/** The issuer's key set. @throws Error if there is none */
export async function fetchJwks(issuer: string): Promise<JSONWebKeySet> {
  const { status, text } = await get(jwksUrl(issuer));
  if (status !== 200) throw new Error(`status ${status}`);
  const document: unknown = JSON.parse(text);
  const keys = typeof document === 'object' && document !== null && 'keys' in document;
  if (!keys || !Array.isArray(document.keys)) throw new Error('the document has no keys');
  return { keys: document.keys };
}

export const keysOf = (jwks: JSONWebKeySet): JWTVerifyGetKey =>
  createLocalJWKSet(jwks) as JWTVerifyGetKey;
