/** The issuer, from outside, and the clocks of all that answers. */
import { errors, type JSONWebKeySet } from 'jose';
import { cognitoIssuer, isUsable } from '../../token/issuer.ts';
import { CouldNotSee, check, type Found } from '../check.ts';
import { rowsOf } from './query.ts';

/** Milliseconds, as PostgREST tolerates. */
const TOLERANCE = 30_000;

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** Keys that can sign a token of Cognito. */
const usable = ({ keys }: JSONWebKeySet): boolean =>
  keys.some(({ kty, alg, use }) => kty === 'RSA' && (alg ?? 'RS256') === 'RS256' && use !== 'enc');

export const issuer = check('issuer and its keys', ['issuer'], async (context) => {
  const { issuer: own } = context;
  if (!isUsable(own)) throw new CouldNotSee('the issuer is no https URL');
  if (cognitoIssuer(own)?.form === 'updated') return [{ id: 'issuer-form-updated', place: own }];
  const url = `${own}/.well-known/openid-configuration`;
  const answer = await context.get(url).catch((error: Error) => error);
  if (answer instanceof Error)
    return [{ id: 'issuer-unreachable', place: url, detail: answer.message }];
  if (answer.status !== 200)
    return [{ id: 'issuer-unreachable', place: url, detail: `status ${answer.status}` }];
  const document = parsed(answer.text) as { issuer?: unknown } | undefined;
  if (document?.issuer !== own)
    return [{ id: 'issuer-mismatch', place: own, detail: String(document?.issuer) }];
  try {
    return usable(await context.fetchJwks(own)) ? [] : [{ id: 'jwks-without-keys', place: own }];
  } catch (error) {
    if (error instanceof errors.JOSEError) return [{ id: 'jwks-without-keys', place: own }];
    return [{ id: 'jwks-unreachable', place: own, detail: (error as Error).message }];
  }
});

const isOff = (theirs: number, own: number): boolean => Math.abs(theirs - own) > TOLERANCE;

const seconds = (theirs: number, own: number): string =>
  `${Math.round(Math.abs(theirs - own) / 1000)} s ${theirs > own ? 'ahead' : 'behind'}`;

/** A server that does not answer is the finding of another check. */
async function clockOf(dates: Promise<number | undefined>): Promise<number | undefined> {
  return dates.catch(() => undefined);
}

export const clocks = check('clocks', [], async (context) => {
  const { dataApi, database, issuer: own } = context;
  const date = async (url: string) => (await context.get(url)).date;
  const servers: [string, number | undefined][] = [];
  if (own !== undefined && isUsable(own))
    servers.push([own, await clockOf(date(`${own}/.well-known/openid-configuration`))]);
  if (dataApi !== undefined)
    servers.push([dataApi.url, await clockOf(date(`${dataApi.url}/rest/v1/`))]);
  if (database !== undefined) {
    const sql = 'select extract(epoch from clock_timestamp())::float8 * 1000 as now';
    servers.push(['the database', (await rowsOf<{ now: number }>(database, sql))[0]?.now]);
  }
  if (servers.every(([, time]) => time === undefined))
    throw new CouldNotSee('nothing that answers has a clock');
  return servers.flatMap(([place, time]): Found[] => {
    if (time === undefined || !isOff(time, context.now())) return [];
    return [{ id: 'clock-differs', place, detail: seconds(time, context.now()) }];
  });
});
