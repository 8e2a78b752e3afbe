/**
 * Makes access and ID tokens with the claims that Cognito gives, and verifies access tokens. Only
 * tokens of the OAuth endpoints have `version`.
 */
import { randomUUID } from 'node:crypto';
import { isAccessTokenClaims } from '@cognito-supabase/contract/claims';
import type { JWTPayload } from 'jose';
import * as errors from 'jose/errors';
import { jwtVerify } from 'jose/jwt/verify';
import type { PoolStore } from '../../store/pool-store.ts';
import type { ClientRecord, UserRecord } from '../../store/records.ts';
import {
  applyChanges,
  applyScopes,
  askTrigger,
  type EventVersion,
  type GroupConfiguration,
  NO_CHANGES,
  type Overrides,
  type PreTokenEvent,
  type TriggerSource,
} from '../../triggers/pre-token.ts';
import { allAttributes, functionOf, type LambdaFunctions } from '../../triggers/triggers.ts';
import { notAuthorized } from '../errors.ts';
import { subOf } from '../users/accounts.ts';
import { readable } from '../users/attributes.ts';
import type { KeyRing } from './keys.ts';
import type { Session, Sessions } from './sessions.ts';
import {
  hashOfToken,
  lifeSpan,
  lifetime,
  openAttributes,
  personalClaims,
  SELF_SERVICE,
} from './token-claims.ts';

/** In seconds. PostgREST allows clocks to differ by 30. */
const LONG_EXPIRED = 120;

export interface IssueRequest {
  readonly user: UserRecord;
  readonly client: ClientRecord;
  readonly session: Session;
  readonly source: TriggerSource;
  readonly clientMetadata?: Readonly<Record<string, string>> | undefined;
  /** Of the request for an authorization code. */
  readonly nonce?: string | undefined;
}

/** A machine asks for scopes of resource servers. */
export interface MachineRequest {
  readonly client: ClientRecord;
  readonly scopes: readonly string[];
  readonly clientMetadata?: Readonly<Record<string, string>> | undefined;
}

export interface IssuedTokens {
  readonly AccessToken: string;
  /** Absent if OAuth scopes were granted without `openid`. */
  readonly IdToken?: string | undefined;
  readonly ExpiresIn: number;
  readonly TokenType: 'Bearer';
}

/** A caller who has shown a valid access token. */
export interface Caller {
  readonly user: UserRecord;
  readonly clientId: string;
  readonly scopes: readonly string[];
  /** Of the session. */
  readonly originJti: string | undefined;
}

export interface TokenSettings {
  readonly issuer: string;
  readonly region: string;
  readonly store: PoolStore;
  readonly keys: KeyRing;
  readonly sessions: Sessions;
  readonly functions: LambdaFunctions;
}

export class Tokens {
  readonly #settings: TokenSettings;

  constructor(settings: TokenSettings) {
    this.#settings = settings;
  }

  /** Asks the trigger, then signs the tokens. Its refusal is the refusal of the sign-in. */
  async issue(request: IssueRequest): Promise<IssuedTokens> {
    const { keys } = this.#settings;
    const groups = this.#groups(request.user);
    const overrides = await this.#ask(this.#event(request, groups));
    const final = overrides.groups ?? groups;
    const AccessToken = await keys.sign('access', this.#access(request, final, overrides));
    const { scopes } = request.session;
    const issued = {
      AccessToken,
      ExpiresIn: lifetime(request.client, 'AccessToken'),
      TokenType: 'Bearer',
    } as const;
    if (scopes !== undefined && !scopes.includes('openid')) return issued;
    const id = this.#id(request, final, { ...overrides, accessToken: AccessToken });
    return { ...issued, IdToken: await keys.sign('id', id) };
  }

  /** An access token for a machine. The trigger may change its claims and scopes. */
  async issueForMachine(request: MachineRequest): Promise<IssuedTokens> {
    const { keys, region, issuer } = this.#settings;
    const { client, scopes, clientMetadata } = request;
    const { access } = await this.#ask({
      ...eventOf({ client, region, source: 'TokenGeneration_ClientCredentials' }),
      userName: client.ClientId,
      request: {
        userAttributes: {},
        groupConfiguration: { groupsToOverride: [], iamRolesToOverride: [], preferredRole: null },
        scopes: [...scopes],
        ...(clientMetadata && { clientMetadata }),
      },
    });
    const life = lifeSpan(lifetime(client, 'AccessToken'));
    const claims = {
      sub: client.ClientId,
      token_use: 'access',
      scope: applyScopes(scopes, access).join(' '),
      auth_time: life.iat,
      iss: issuer,
      ...life,
      version: 2,
      jti: randomUUID(),
      client_id: client.ClientId,
    };
    return {
      AccessToken: await keys.sign('access', applyChanges(claims, access)),
      ExpiresIn: lifetime(client, 'AccessToken'),
      TokenType: 'Bearer',
    };
  }

  /**
   * Verifies an access token that a caller shows: signature, issuer, expiry, kind, revocation, and
   * that its user still exists and may sign in.
   *
   * @param scope The scope that the caller needs.
   */
  async verify(token: string, scope = SELF_SERVICE): Promise<Caller> {
    const { store, sessions } = this.#settings;
    const claims = await this.#read(token);
    if (!isAccessTokenClaims(claims)) throw notAuthorized('Invalid Access Token');
    if (!claims.scope?.split(' ').includes(scope))
      throw notAuthorized('Access Token does not have required scopes');
    if (sessions.isRevoked(claims.origin_jti ?? ''))
      throw notAuthorized('Access Token has been revoked');
    const user = store.users.withSub(claims.sub);
    if (user === undefined) throw notAuthorized('Access Token has been revoked');
    if (!user.Enabled) throw notAuthorized('User is disabled.');
    const { client_id: clientId, origin_jti: originJti } = claims;
    return { user, clientId, originJti, scopes: claims.scope.split(' ') };
  }

  /**
   * The same access token as it is some time after it has expired: a test cannot wait for an hour.
   *
   * @throws CognitoError if it is none of this pool
   */
  async expired(token: string): Promise<string> {
    const { exp = 0, iat = 0, auth_time, ...claims } = await this.#read(token);
    if (claims.token_use !== 'access') throw notAuthorized('Invalid Access Token');
    const earlier = exp - Math.floor(Date.now() / 1000) + LONG_EXPIRED;
    return this.#settings.keys.sign('access', {
      ...claims,
      exp: exp - earlier,
      iat: iat - earlier,
      ...(typeof auth_time === 'number' && { auth_time: auth_time - earlier }),
    });
  }

  /** Claims of a token of this pool that is valid. @throws CognitoError */
  async #read(token: string): Promise<JWTPayload> {
    const { issuer, keys } = this.#settings;
    return jwtVerify(
      token,
      ({ kid }) => keys.publicKey(kid) ?? Promise.reject(new errors.JWKSNoMatchingKey()),
      { issuer, algorithms: ['RS256'] },
    ).then(({ payload }) => payload, refuse);
  }

  /** What the trigger changes, if the pool has one for this event. */
  async #ask(event: Omit<PreTokenEvent, 'version'>): Promise<Overrides> {
    const { functions, store } = this.#settings;
    const { PreTokenGenerationConfig: config, PreTokenGeneration } =
      store.settings.LambdaConfig ?? {};
    const arn = config?.LambdaArn ?? PreTokenGeneration;
    const version = (config?.LambdaVersion?.[1] ?? '1') as EventVersion;
    const isForMachine = event.triggerSource === 'TokenGeneration_ClientCredentials';
    if (arn === undefined || (isForMachine && version !== '3')) return NO_CHANGES;
    return askTrigger(functionOf(functions, arn), { version, ...event });
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

  #event(request: IssueRequest, groups: GroupConfiguration): Omit<PreTokenEvent, 'version'> {
    const { user, client, session, source, clientMetadata } = request;
    return {
      ...eventOf({ client, source, region: this.#settings.region }),
      userName: user.Username,
      request: {
        userAttributes: allAttributes(user),
        groupConfiguration: groups,
        scopes: [...scopesOf(session)],
        ...(clientMetadata && { clientMetadata }),
      },
    };
  }

  #access(request: IssueRequest, groups: Partial<GroupConfiguration>, { access }: Overrides) {
    const { user, client, session } = request;
    const scope = applyScopes(scopesOf(session), access).join(' ');
    const claims = {
      sub: subOf(user),
      ...(session.deviceKey !== undefined && { device_key: session.deviceKey }),
      ...(groups.groupsToOverride?.length && { 'cognito:groups': groups.groupsToOverride }),
      iss: this.#settings.issuer,
      client_id: client.ClientId,
      origin_jti: session.originJti,
      event_id: session.eventId,
      ...(session.scopes && { version: 2 }),
      token_use: 'access',
      ...(scope && { scope }),
      auth_time: session.authTime,
      ...lifeSpan(lifetime(client, 'AccessToken')),
      jti: randomUUID(),
      username: user.Username,
    };
    return applyChanges(claims, access);
  }

  #id(
    request: IssueRequest,
    groups: Partial<GroupConfiguration>,
    { id, accessToken }: Overrides & { readonly accessToken: string },
  ) {
    const { user, client, session, nonce } = request;
    const { groupsToOverride, iamRolesToOverride, preferredRole } = groups;
    const claims = {
      ...personalClaims(openAttributes(readable(user, client), session.scopes)),
      ...(session.scopes && { at_hash: hashOfToken(accessToken) }),
      ...(nonce !== undefined && { nonce }),
      sub: subOf(user),
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

const scopesOf = ({ scopes }: Session): readonly string[] => scopes ?? [SELF_SERVICE];

/** What every event of the trigger has. */
const eventOf = ({
  client,
  source,
  region,
}: Pick<IssueRequest, 'client' | 'source'> & { readonly region: string }) => ({
  triggerSource: source,
  region,
  userPoolId: client.UserPoolId,
  callerContext: { awsSdkVersion: 'aws-sdk-unknown-unknown', clientId: client.ClientId },
  response: { claimsAndScopeOverrideDetails: null },
});
