/** Parts of tokens: how long each is valid, scopes, and attributes as claims. */
import { createHash } from 'node:crypto';
import type { ClientRecord, UserRecord } from '../../store/records.ts';

/** The scope of every sign-in through the API. GetUser and the other operations of a person need it. */
export const SELF_SERVICE = 'aws.cognito.signin.user.admin';

const SECONDS = { seconds: 1, minutes: 60, hours: 3600, days: 86400 } as const;
type TokenName = 'AccessToken' | 'IdToken' | 'RefreshToken';
const DEFAULTS = {
  AccessToken: { unit: 'hours', value: 1 },
  IdToken: { unit: 'hours', value: 1 },
  RefreshToken: { unit: 'days', value: 30 },
} as const;

/** How long a client's tokens are valid, in seconds. */
export function lifetime(client: ClientRecord, token: TokenName): number {
  const value = client[`${token}Validity`];
  const fallback = DEFAULTS[token];
  if (!value) return fallback.value * SECONDS[fallback.unit];
  const unit = (client.TokenValidityUnits?.[token] ?? fallback.unit) as keyof typeof SECONDS;
  return value * SECONDS[unit];
}

export const lifeSpan = (seconds: number): { exp: number; iat: number } => {
  const iat = Math.floor(Date.now() / 1000);
  return { exp: iat + seconds, iat };
};

export const attributesOf = (user: Pick<UserRecord, 'Attributes'>): Record<string, string> =>
  Object.fromEntries(user.Attributes.map(({ Name, Value }) => [Name, Value]));

/** Claims that a scope of OpenID Connect opens. `profile` opens all that the other two do not. */
const CLAIMS_OF_SCOPE = new Map([
  ['email', ['email', 'email_verified']],
  ['phone', ['phone_number', 'phone_number_verified']],
]);

/**
 * The attributes that a person's scopes open. The API, and `openid` without another scope of OpenID
 * Connect, open all. Source: Cognito developer guide, "Scopes, M2M, and resource servers".
 */
export function openAttributes(
  attributes: UserRecord['Attributes'],
  scopes: readonly string[] | undefined,
): UserRecord['Attributes'] {
  const limiting = scopes?.filter((scope) => CLAIMS_OF_SCOPE.has(scope) || scope === 'profile');
  if (limiting === undefined || limiting.length === 0) return attributes;
  const scopeOf = (name: string): string =>
    [...CLAIMS_OF_SCOPE].find(([, names]) => names.includes(name))?.[0] ?? 'profile';
  return attributes.filter(({ Name }) => Name === 'sub' || limiting.includes(scopeOf(Name)));
}

/** Attributes as ID token claims. The two `_verified` ones are booleans there, and `identities` is a list. */
export const personalClaims = (attributes: UserRecord['Attributes']): Record<string, unknown> =>
  Object.fromEntries(attributes.map(({ Name, Value }) => [Name, claimOf(Name, Value)]));

function claimOf(name: string, value: string): unknown {
  if (name.endsWith('_verified')) return value === 'true';
  if (name !== 'identities') return value;
  const identities = JSON.parse(value) as readonly Record<string, unknown>[];
  return identities.map(({ primary, dateCreated, ...identity }) => ({
    ...identity,
    primary: String(primary),
    dateCreated: String(dateCreated),
  }));
}

/** Claim `at_hash`: the left half of the access token's SHA-256. */
export const hashOfToken = (token: string): string =>
  createHash('sha256').update(token, 'ascii').digest().subarray(0, 16).toString('base64url');
