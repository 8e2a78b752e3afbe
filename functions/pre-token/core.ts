/** The pre-token trigger without Lambda and environment: which claims go into which token. */
import { AUTHENTICATED_ROLE } from '@cognito-supabase/contract/claims';
import type { PreTokenEvent } from './events.ts';
import { type Fields, fieldsOf, requiredFields } from './fields.ts';
import type { PreTokenSettings, Warn } from './settings.ts';

/** Where the claims of one token are, in events of all versions. */
const CLAIMS = 'claimsToAddOrOverride';

/** What a person's token is issued for. */
const PERSON_SOURCES = new Set([
  'TokenGeneration_HostedAuth',
  'TokenGeneration_Authentication',
  'TokenGeneration_NewPasswordChallenge',
  'TokenGeneration_AuthenticateDevice',
  'TokenGeneration_RefreshTokens',
]);
const MACHINE_SOURCE = 'TokenGeneration_ClientCredentials';

type EventKind = 'person, version 1' | 'person, version 2 or 3' | 'machine';

/** @throws TypeError for a source or version that is not known here */
function kindOf(source: string, version: string): EventKind {
  if (PERSON_SOURCES.has(source)) {
    if (version === '1') return 'person, version 1';
    if (version === '2' || version === '3') return 'person, version 2 or 3';
  }
  // Cognito calls the trigger for machines from version 3 on.
  if (source === MACHINE_SOURCE && version === '3') return 'machine';
  throw new TypeError('unknown kind of event');
}

/**
 * A copy of the event without `role` and `app_role` in any set of claims: only this function sets them,
 * even if another function has written them, and even in an event of an unknown kind.
 *
 * The copy goes through JSON, so it has no getters, prototypes or frozen parts.
 *
 * @throws if the event is not JSON. Lambda could not have read such an event, and could not send it to
 *   Cognito.
 */
const withoutOurClaims = <Event>(event: Event): Event =>
  JSON.parse(JSON.stringify(event), (key, value) => {
    if (key === CLAIMS) {
      delete value?.role;
      delete value?.app_role;
    }
    return value;
  });

/** The overrides of one token with more claims. Everything else in them stays. */
function addClaims(overrides: unknown, claims: Fields): Fields {
  const token = fieldsOf(overrides);
  const suppressed = token.claimsToSuppress as unknown[] | undefined;
  return {
    ...token,
    [CLAIMS]: { ...fieldsOf(token[CLAIMS]), ...claims },
    // Suppression wins over adding, so `role` must not be suppressed.
    ...(suppressed && { claimsToSuppress: suppressed.filter((name) => name !== 'role') }),
  };
}

/** Claims of both tokens of a person. */
function claimsOfPerson(request: Fields, { appRoleGroups }: PreTokenSettings): Fields {
  const groups = fieldsOf(request.groupConfiguration).groupsToOverride as unknown[] | undefined;
  // `some` and not `includes`: a text has `includes` too, and 'superadmins' includes 'admins'.
  const appRole = appRoleGroups.find((wanted) => groups?.some((group) => group === wanted));
  return { role: AUTHENTICATED_ROLE, ...(appRole && { app_role: appRole }) };
}

/**
 * The email for the access token, if it is configured and verified. A person can enter an address of
 * somebody else.
 */
function emailOfPerson(request: Fields, { emailClaim }: PreTokenSettings): Fields {
  const { email, email_verified } = fieldsOf(request.userAttributes);
  return emailClaim && email_verified === 'true' && email ? { email } : {};
}

/** Claims of a machine's token: those of its app client, or of the first of its scopes that has any. */
function claimsOfMachine(event: Fields, request: Fields, settings: PreTokenSettings) {
  const { clientId } = requiredFields(event.callerContext);
  const names = [clientId, ...((request.scopes as unknown[] | undefined) ?? [])].map(String);
  const claims = names.map((name) => settings.machineClaims.get(name)).find(Boolean);
  return claims === undefined ? undefined : fieldsOf(claims);
}

/** The event's response with the claims of its kind; undefined if there is nothing to add. */
function responseFor(event: Fields, kind: EventKind, settings: PreTokenSettings) {
  const request = requiredFields(event.request);
  const response = fieldsOf(event.response);
  const details = () => fieldsOf(response.claimsAndScopeOverrideDetails);

  if (kind === 'machine') {
    const claims = claimsOfMachine(event, request, settings);
    if (claims === undefined) return undefined;
    const accessTokenGeneration = addClaims(details().accessTokenGeneration, claims);
    return {
      ...response,
      claimsAndScopeOverrideDetails: { ...details(), accessTokenGeneration },
    };
  }
  const claims = claimsOfPerson(request, settings);
  const email = emailOfPerson(request, settings);
  if (kind === 'person, version 1') {
    return {
      ...response,
      claimsOverrideDetails: addClaims(response.claimsOverrideDetails, claims),
    };
  }
  const { idTokenGeneration, accessTokenGeneration } = details();
  return {
    ...response,
    claimsAndScopeOverrideDetails: {
      ...details(),
      idTokenGeneration: addClaims(idTokenGeneration, claims),
      accessTokenGeneration: addClaims(accessTokenGeneration, { ...claims, ...email }),
    },
  };
}

/** Trigger source and version, if they are plain words. A warning must not contain personal data. */
const nameOf = (kind: string | undefined): string =>
  kind !== undefined && /^\w+ \w$/.test(kind) ? kind : 'null';

/**
 * Makes the trigger's handler.
 *
 * People get `role: authenticated` on both tokens, `app_role` by their groups, and their verified email
 * on the access token, the last two if they are configured. Machine clients get the claims that are
 * configured for their app client or for one of their scopes, and nothing else. All other overrides of
 * the event stay. `groupOverrideDetails` is never added, because an empty one would remove the person's
 * groups from the tokens.
 *
 * The handler never throws: Cognito would refuse the sign-in, and one bug would lock everybody out. An
 * event that it cannot read goes back without the claims, with a warning; a token without `role` runs as
 * `anon`. It never changes the event that it is given.
 *
 * Source of the event's shape: Cognito developer guide, "Pre token generation Lambda trigger".
 *
 * @param settings - from `readSettings`
 * @param warn - called for each event that cannot be read, with its trigger source and version, or
 * `null` if these are not plain words. If both are known, a field has a wrong type.
 */
export const preToken =
  (settings: PreTokenSettings, warn: Warn) =>
  async <Event extends PreTokenEvent>(event: Event): Promise<Event> => {
    let readable = event;
    let kind: string | undefined;
    try {
      readable = withoutOurClaims(event);
      const { triggerSource, version } = readable;
      // As text, because the version may be a number.
      kind = `${triggerSource} ${version}`;
      const response = responseFor(
        readable as unknown as Fields,
        kindOf(`${triggerSource}`, `${version}`),
        settings,
      );
      return response === undefined ? readable : { ...readable, response };
    } catch {
      warn(`cannot read ${nameOf(kind)}`);
      return readable;
    }
  };
