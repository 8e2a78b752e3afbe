/** What each service will do with a token. */
import { AUTHENTICATED_ROLE } from '@cognito-supabase/contract/claims';
import type { Trust } from './database.ts';
import { claimText } from './json.ts';
import type { DecodedToken } from './read-token.ts';
import { type CheckName, type CheckResult, clientOf, LEEWAY } from './verify.ts';

export interface Verdict {
  readonly service: 'Data API' | 'Storage' | 'Realtime' | 'Edge Functions' | 'HTTP API';
  /** `unknown`: something that decides it could not be checked. */
  readonly answer: 'accepts' | 'refuses' | 'unknown';
  readonly text: string;
}

export interface ServiceInput {
  readonly token: DecodedToken;
  readonly checks: readonly CheckResult[];
  /** Undefined without a database. */
  readonly trust: Trust | undefined;
  /** App clients of the HTTP API and of Edge Functions. @default - any */
  readonly clientIds: readonly string[] | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

type Answer = Omit<Verdict, 'service'>;

const answer = (kind: Verdict['answer'], text: string): Answer => ({ answer: kind, text });

const stateOf = (checks: readonly CheckResult[], name: CheckName): CheckResult => {
  const found = checks.find((check) => check.name === name);
  if (found === undefined) throw new Error(`there is no check ${name}`);
  return found;
};

/** Signature, issuer and times, which every service checks first. @param leeway in seconds */
function genuine({ token, checks, now }: ServiceInput, leeway: number): Answer | undefined {
  for (const name of ['signature', 'issuer'] as const) {
    const { state, text } = stateOf(checks, name);
    if (state === 'wrong') return answer('refuses', `${name}: ${text}`);
  }
  const { exp } = token.claims;
  if (typeof exp !== 'number' || exp + leeway <= now / 1000)
    return answer('refuses', stateOf(checks, 'expiry').text);
  const begin = stateOf(checks, 'not before');
  if (begin.state === 'wrong') return answer('refuses', begin.text);
  const signature = stateOf(checks, 'signature');
  return signature.state === 'unknown' ? answer('unknown', signature.text) : undefined;
}

/** What the database says, for a token that the service has accepted. */
function byTrust({ trust }: ServiceInput, accepted: string): Answer {
  if (trust === undefined)
    return answer('accepts', `${accepted}; whether the database trusts it was not asked`);
  if (trust.state === 'refused') return answer('refuses', `${trust.code}: ${trust.reason}`);
  return answer('accepts', trust.state === 'trusted' ? accepted : `${accepted}; ${trust.reason}`);
}

const grace = ({ token, now }: ServiceInput): string =>
  Number(token.claims.exp) <= now / 1000 ? ', in the 30 s of tolerance after its expiry' : '';

function dataApi(input: ServiceInput): Answer {
  const refusal = genuine(input, LEEWAY);
  if (refusal !== undefined) return refusal;
  const { role } = input.token.claims;
  if (role === AUTHENTICATED_ROLE) return byTrust(input, `as ${role}${grace(input)}`);
  if (role === undefined)
    return answer('refuses', 'it runs as anon, who has no grants: the token has no role');
  return answer('refuses', `42501: people may not become ${claimText(role)}`);
}

function storage(input: ServiceInput): Answer {
  const refusal = genuine(input, 0);
  if (refusal !== undefined) return refusal;
  const { role } = input.token.claims;
  if (role === AUTHENTICATED_ROLE) return byTrust(input, `as ${role}`);
  return answer('refuses', role === undefined ? 'it runs as anon' : `no role ${claimText(role)}`);
}

function realtime(input: ServiceInput): Answer {
  const refusal = genuine(input, 0);
  if (refusal !== undefined) return refusal;
  const { role } = input.token.claims;
  if (role === AUTHENTICATED_ROLE) return byTrust(input, `as ${role}, until it expires`);
  return answer('refuses', role === undefined ? 'missing_claims: no role' : 'a wrong role');
}

/** The kit's own check, in functions and in the HTTP API: access tokens of listed app clients. */
function verified(input: ServiceInput): Answer {
  const refusal = genuine(input, 0);
  if (refusal !== undefined) return refusal;
  const { claims } = input.token;
  if (claims.token_use !== 'access') return answer('refuses', 'only access tokens are taken');
  const client = clientOf(claims);
  if (input.clientIds !== undefined && !input.clientIds.includes(client))
    return answer('refuses', 'its app client is not in COGNITO_CLIENT_IDS');
  const whose = input.clientIds === undefined ? ', if COGNITO_CLIENT_IDS has its app client' : '';
  return byTrust(input, `an access token${whose}`);
}

function edgeFunctions(input: ServiceInput): Answer {
  const own = verified(input);
  const setting = 'with verify_jwt = false, because the platform knows its own tokens only';
  return own.answer === 'accepts' ? { ...own, text: `${own.text}; ${setting}` } : own;
}

/** In the order in which they are shown. */
export const verdictsOf = (input: ServiceInput): readonly Verdict[] => [
  { service: 'Data API', ...dataApi(input) },
  { service: 'Storage', ...storage(input) },
  { service: 'Realtime', ...realtime(input) },
  { service: 'Edge Functions', ...edgeFunctions(input) },
  { service: 'HTTP API', ...verified(input) },
];
