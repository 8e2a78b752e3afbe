/**
 * Runs the pre-token-generation trigger as Cognito does, with the handler that is deployed, so that a local
 * token has the same claims as a real one.
 *
 * Source of the event's shape and of the reserved names: Amazon Cognito developer guide, "Pre token
 * generation Lambda trigger".
 */
import { invoke, isRecord, malformed, type TriggerHandler } from './invoke.ts';

export type TriggerSource =
  | 'TokenGeneration_HostedAuth'
  | 'TokenGeneration_Authentication'
  | 'TokenGeneration_NewPasswordChallenge'
  | 'TokenGeneration_AuthenticateDevice'
  | 'TokenGeneration_RefreshTokens'
  | 'TokenGeneration_ClientCredentials';

export interface GroupConfiguration {
  groupsToOverride: string[];
  iamRolesToOverride: string[];
  preferredRole: string | null;
}

/** By a pool's `LambdaVersion`. Version 1 changes ID tokens and groups, and only version 3 is called for machines. */
export type EventVersion = '1' | '2' | '3';

/** Versions 2 and 3 of the event have the same shape. Version 1 has no scopes. */
export interface PreTokenEvent {
  version: EventVersion;
  triggerSource: TriggerSource;
  region: string;
  userPoolId: string;
  userName: string;
  callerContext: { awsSdkVersion: string; clientId: string };
  request: {
    userAttributes: Record<string, string>;
    groupConfiguration: GroupConfiguration;
    scopes?: string[];
    clientMetadata?: Record<string, string>;
  };
  response: { claimsAndScopeOverrideDetails: null } | { claimsOverrideDetails: null };
}

export type PreTokenHandler = TriggerHandler;

type Claims = Record<string, unknown>;

interface TokenChanges {
  readonly add: Claims;
  readonly suppress: readonly string[];
}

/** What the trigger asked for, checked. */
export interface Overrides {
  readonly access: TokenChanges & {
    readonly addScopes: readonly string[];
    readonly suppressScopes: readonly string[];
  };
  readonly id: TokenChanges;
  /** Absent: leave the groups as they are. */
  readonly groups?: Partial<GroupConfiguration>;
}

const record = (value: unknown): Claims => {
  if (value === undefined || value === null) return {};
  if (!isRecord(value)) throw malformed();
  return value;
};

const strings = (value: unknown): readonly string[] => {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) throw malformed();
  return value;
};

const scopes = (value: unknown): readonly string[] => {
  const list = strings(value);
  if (list.some((scope) => scope === '' || /\s/.test(scope))) throw malformed();
  return list;
};

const changes = (value: Claims): TokenChanges => ({
  add: record(value.claimsToAddOrOverride),
  suppress: strings(value.claimsToSuppress),
});

/** Groups are replaced by what is returned: an empty or null object takes them away. */
function groupOverride(details: Claims): Pick<Overrides, 'groups'> {
  if (!('groupOverrideDetails' in details)) return {};
  const given = record(details.groupOverrideDetails);
  const preferredRole = given.preferredRole ?? null;
  if (preferredRole !== null && typeof preferredRole !== 'string') throw malformed();
  return {
    groups: {
      groupsToOverride: [...strings(given.groupsToOverride)],
      iamRolesToOverride: [...strings(given.iamRolesToOverride)],
      preferredRole,
    },
  };
}

/** Version 1: its claims are texts, and change the ID token only. */
function readFirstVersion(response: Claims): Overrides {
  const details = record(response.claimsOverrideDetails);
  const id = changes(details);
  if (!Object.values(id.add).every((value) => typeof value === 'string')) throw malformed();
  return { ...NO_CHANGES, id, ...groupOverride(details) };
}

function readResponse(response: Claims): Overrides {
  const details = record(response.claimsAndScopeOverrideDetails);
  const access = record(details.accessTokenGeneration);
  return {
    access: {
      ...changes(access),
      addScopes: scopes(access.scopesToAdd),
      suppressScopes: scopes(access.scopesToSuppress),
    },
    id: changes(record(details.idTokenGeneration)),
    ...groupOverride(details),
  };
}

/**
 * Asks the trigger what to change.
 *
 * @throws CognitoError as `invoke` does
 */
export async function askTrigger(
  handler: PreTokenHandler,
  event: PreTokenEvent,
): Promise<Overrides> {
  if (event.version !== '1')
    return readResponse(await invoke('PreTokenGeneration', handler, event));
  const { scopes: _, ...request } = event.request;
  const first = { ...event, request, response: { claimsOverrideDetails: null } };
  return readFirstVersion(await invoke('PreTokenGeneration', handler, first));
}

/** Of a pool without the trigger. */
export const NO_CHANGES: Overrides = {
  access: { add: {}, suppress: [], addScopes: [], suppressScopes: [] },
  id: { add: {}, suppress: [] },
};

/** Neither added, changed nor suppressed; `aud` has a rule of its own, see below. */
const RESERVED = new Set(
  'acr amr at_hash auth_time azp client_id device_key event_id exp iat identities iss jti nbf nonce origin_jti scope sub token_use username version'.split(
    ' ',
  ),
);

const isReserved = (claim: string): boolean => RESERVED.has(claim) || /^(cognito|dev):/.test(claim);

/** An access token may be given an audience, but only its own client; an ID token has one. */
const isAudience = (claim: string, value: unknown, claims: Claims): boolean =>
  claim === 'aud' && (claims.token_use !== 'access' || value !== claims.client_id);

/** The claims with the trigger's changes. What it may not change is left as it was. */
export function applyChanges(claims: Claims, { add, suppress }: TokenChanges): Claims {
  const kept = Object.entries(claims).filter(
    ([name]) => isReserved(name) || name === 'aud' || !suppress.includes(name),
  );
  const added = Object.entries(add).filter(
    ([name, value]) =>
      !isReserved(name) && !isAudience(name, value, claims) && !suppress.includes(name),
  );
  return Object.fromEntries([...kept, ...added]);
}

/** The scopes of an access token after the trigger. */
export const applyScopes = (
  granted: readonly string[],
  { addScopes, suppressScopes }: Overrides['access'],
): readonly string[] => [
  ...new Set([...granted, ...addScopes].filter((scope) => !suppressScopes.includes(scope))),
];
