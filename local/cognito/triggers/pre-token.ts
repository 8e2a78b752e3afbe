/**
 * Runs the pre-token-generation trigger as Cognito does, with the handler that is deployed, so that a local
 * token has the same claims as a real one.
 *
 * Source of the event's shape and of the reserved names: Amazon Cognito developer guide, "Pre token
 * generation Lambda trigger".
 */
import { awsError } from '../core/errors.ts';

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

/** Version 3 of the event, which for people has the shape of version 2. */
export interface PreTokenEvent {
  version: '3';
  triggerSource: TriggerSource;
  region: string;
  userPoolId: string;
  userName: string;
  callerContext: { awsSdkVersion: string; clientId: string };
  request: {
    userAttributes: Record<string, string>;
    groupConfiguration: GroupConfiguration;
    scopes: string[];
    clientMetadata?: Record<string, string>;
  };
  response: { claimsAndScopeOverrideDetails: null };
}

// biome-ignore lint/suspicious/noExplicitAny: any handler of this trigger fits, whatever its event type
export type PreTokenHandler = (event: any) => unknown;

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

/** Cognito waits this long for the function. */
const PATIENCE = 5000;

const malformed = () => awsError('InvalidLambdaResponseException', 'Unrecognizable lambda output');

const isRecord = (value: unknown): value is Claims =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

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

function readResponse(answer: unknown): Overrides {
  if (!isRecord(answer) || !isRecord(answer.response)) throw malformed();
  const details = record(answer.response.claimsAndScopeOverrideDetails);
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

async function withPatience<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    const error = awsError(
      'UnexpectedLambdaException',
      'PreTokenGeneration invocation failed due to error: function took longer than 5 seconds.',
    );
    timer = setTimeout(reject, PATIENCE, error);
  });
  try {
    return await Promise.race([answer, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

/** What crosses to a Lambda function and back is JSON, so nothing else may cross here. */
const throughJson = (value: unknown): unknown => {
  const text = JSON.stringify(value);
  return text === undefined ? undefined : JSON.parse(text);
};

/**
 * Asks the trigger what to change.
 *
 * @throws CognitoError `UserLambdaValidationException` where it threw, `InvalidLambdaResponseException`
 * where its answer has not the shape of an answer, `UnexpectedLambdaException` after 5 seconds.
 */
export async function askTrigger(
  handler: PreTokenHandler,
  event: PreTokenEvent,
): Promise<Overrides> {
  const ask = async (): Promise<unknown> => {
    try {
      return throughJson(await handler(throughJson(event)));
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw awsError(
        'UserLambdaValidationException',
        `PreTokenGeneration failed with error ${reason}.`,
      );
    }
  };
  return readResponse(await withPatience(ask()));
}

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
