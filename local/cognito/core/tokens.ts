/**
 * Makes access and ID tokens with the claims that Cognito gives when people sign in through the API
 * (no `version`: only managed login sets it), and verifies access tokens.
 */
import { randomUUID } from 'node:crypto';
import { isAccessTokenClaims } from '@cognito-supabase/contract/claims';
import { errors, jwtVerify } from 'jose';
import type { PoolStore } from '../store/pool-store.ts';
import type { ClientRecord, UserRecord } from '../store/records.ts';
import {
  applyChanges,
  applyScopes,
  askTrigger,
  type GroupConfiguration,
  type Overrides,
  type PreTokenEvent,
  type PreTokenHandler,
  type TriggerSource,
} from '../triggers/pre-token.ts';
import { notAuthorized } from './errors.ts';
import type { KeyRing } from './keys.ts';
import type { Session, Sessions } from './sessions.ts';

/** The scope of every sign-in through the API; it opens GetUser and its kin. */
const SELF_SERVICE = 'aws.cognito.signin.user.admin';

const SECONDS = { seconds: 1, minutes: 60, hours: 3600, days: 86400 } as const;
type TokenName = 'AccessToken' | 'IdToken' | 'RefreshToken';
const DEFAULTS = {
  AccessToken: { unit: 'hours', value: 1 },
  IdToken: { unit: 'hours', value: 1 },
  RefreshToken: { unit: 'days', value: 30 },
} as const;

/** How long a client's tokens live, in seconds. */
export function lifetime(client: ClientRecord, token: TokenName): number {
  const value = client[`${token}Validity`];
  const fallback = DEFAULTS[token];
  if (!value) return fallback.value * SECONDS[fallback.unit];
  const unit = (client.TokenValidityUnits?.[token] ?? fallback.unit) as keyof typeof SECONDS;
  return value * SECONDS[unit];
}

export interface IssueRequest {
  readonly user: UserRecord;
  readonly client: ClientRecord;
  readonly session: Session;
  readonly source: TriggerSource;
  readonly clientMetadata?: Readonly<Record<string, string>> | undefined;
}

export interface IssuedTokens {
  readonly AccessToken: string;
  readonly IdToken: string;
  readonly ExpiresIn: number;
  readonly TokenType: 'Bearer';
}

/** A caller who has shown a valid access token. */
export interface Caller {
  readonly user: UserRecord;
  readonly clientId: string;
}

export interface TokenSettings {
  readonly issuer: string;
  readonly region: string;
  readonly store: PoolStore;
  readonly keys: KeyRing;
  readonly sessions: Sessions;
  readonly preToken: PreTokenHandler;
}

export class Tokens {
  readonly #settings: TokenSettings;

  constructor(settings: TokenSettings) {
    this.#settings = settings;
  }

  /** Asks the trigger, then signs both tokens. Its refusal is the sign-in's refusal. */
  async issue(request: IssueRequest): Promise<IssuedTokens> {
    const { keys, preToken } = this.#settings;
    const groups = this.#groups(request.user);
    const overrides = await askTrigger(preToken, this.#event(request, groups));
    const final = overrides.groups ?? groups;
    const [AccessToken, IdToken] = await Promise.all([
      keys.sign('access', this.#access(request, final, overrides)),
      keys.sign('id', this.#id(request, final, overrides)),
    ]);
    return {
      AccessToken,
      IdToken,
      ExpiresIn: lifetime(request.client, 'AccessToken'),
      TokenType: 'Bearer',
    };
  }

  /**
   * Verifies an access token that a caller shows: signature, issuer, expiry, kind, revocation, and
   * that its user still exists and may sign in.
   */
  async verify(token: string): Promise<Caller> {
    const { issuer, keys, store, sessions } = this.#settings;
    const claims = await jwtVerify(
      token,
      ({ kid }) => keys.publicKey(kid) ?? Promise.reject(new errors.JWKSNoMatchingKey()),
      { issuer, algorithms: ['RS256'] },
    ).then(({ payload }) => payload, refuse);
    if (!isAccessTokenClaims(claims)) throw notAuthorized('Invalid Access Token');
    if (!claims.scope?.split(' ').includes(SELF_SERVICE))
      throw notAuthorized('Access Token does not have required scopes');
    if (sessions.isRevoked(claims.origin_jti ?? ''))
      throw notAuthorized('Access Token has been revoked');
    const user = store.users.find(claims.sub);
    if (user === undefined) throw notAuthorized('Access Token has been revoked');
    if (!user.Enabled) throw notAuthorized('User is disabled.');
    return { user, clientId: claims.client_id };
  }

  #groups(user: UserRecord): GroupConfiguration {
    const groups = this.#settings.store.users.groupsOf(user);
    const roles = [...new Set(groups.flatMap(({ RoleArn }) => (RoleArn ? [RoleArn] : [])))];
    return {
      groupsToOverride: groups.map(({ GroupName }) => GroupName),
      iamRolesToOverride: roles,
      preferredRole: roles[0] ?? null,
    };
  }

  #event({ user, client, source, clientMetadata }: IssueRequest, groups: GroupConfiguration) {
    const event: PreTokenEvent = {
      version: '3',
      triggerSource: source,
      region: this.#settings.region,
      userPoolId: client.UserPoolId,
      userName: user.Username,
      callerContext: { awsSdkVersion: 'aws-sdk-unknown-unknown', clientId: client.ClientId },
      request: {
        userAttributes: {
          sub: user.Username,
          'cognito:user_status': user.UserStatus as string,
          ...attributesOf(user),
        },
        groupConfiguration: groups,
        scopes: [SELF_SERVICE],
        ...(clientMetadata && { clientMetadata }),
      },
      response: { claimsAndScopeOverrideDetails: null },
    };
    return event;
  }

  #access(request: IssueRequest, groups: Partial<GroupConfiguration>, { access }: Overrides) {
    const { user, client, session } = request;
    const scope = applyScopes([SELF_SERVICE], access).join(' ');
    const claims = {
      sub: user.Username,
      ...(groups.groupsToOverride?.length && { 'cognito:groups': groups.groupsToOverride }),
      iss: this.#settings.issuer,
      client_id: client.ClientId,
      origin_jti: session.originJti,
      event_id: session.eventId,
      token_use: 'access',
      ...(scope && { scope }),
      auth_time: session.authTime,
      ...lifeSpan(lifetime(client, 'AccessToken')),
      jti: randomUUID(),
      username: user.Username,
    };
    return applyChanges(claims, access);
  }

  #id(request: IssueRequest, groups: Partial<GroupConfiguration>, { id }: Overrides) {
    const { user, client, session } = request;
    const { groupsToOverride, iamRolesToOverride, preferredRole } = groups;
    const claims = {
      ...personalClaims(user),
      sub: user.Username,
      ...(groupsToOverride?.length && { 'cognito:groups': groupsToOverride }),
      ...(iamRolesToOverride?.length && { 'cognito:roles': iamRolesToOverride }),
      ...(preferredRole && { 'cognito:preferred_role': preferredRole }),
      iss: this.#settings.issuer,
      'cognito:username': user.Username,
      origin_jti: session.originJti,
      aud: client.ClientId,
      event_id: session.eventId,
      token_use: 'id',
      auth_time: session.authTime,
      ...lifeSpan(lifetime(client, 'IdToken')),
      jti: randomUUID(),
    };
    return applyChanges(claims, id);
  }
}

function refuse(cause: unknown): never {
  throw notAuthorized(
    cause instanceof errors.JWTExpired ? 'Access Token has expired' : 'Invalid Access Token',
  );
}

const lifeSpan = (seconds: number): { exp: number; iat: number } => {
  const iat = Math.floor(Date.now() / 1000);
  return { exp: iat + seconds, iat };
};

const attributesOf = (user: UserRecord): Record<string, string> =>
  Object.fromEntries(user.Attributes.map(({ Name, Value }) => [Name, Value]));

/** Attributes as ID token claims: the two `_verified` ones are booleans there. */
const personalClaims = (user: UserRecord): Record<string, unknown> =>
  Object.fromEntries(
    user.Attributes.map(({ Name, Value }) => [
      Name,
      Name.endsWith('_verified') ? Value === 'true' : Value,
    ]),
  );
