/** The pre-token trigger without its surroundings: what goes into which token, and what never does. */

import { AUTHENTICATED_ROLE } from '@cognito-supabase/contract/claims';
import type { PreTokenEvent } from './events.ts';
import { type Fields, objectOf, type PreTokenSettings, type Warn } from './settings.ts';

const CLAIMS = 'claimsToAddOrOverride';
const SUPPRESSED = 'claimsToSuppress';

/** Puts a copy of an object in its place, to be changed without touching the original. */
const part = (parent: Fields, key: string): Fields => (parent[key] = { ...objectOf(parent[key]) });

/** Adds claims to one token, beside what is overridden there already. */
const add = (parent: Fields, key: string, claims: Fields): void => {
  const token = part(parent, key);
  token[CLAIMS] = { ...objectOf(token[CLAIMS]), ...claims };
  // Cognito lets suppression win over adding.
  token[SUPPRESSED] &&= (token[SUPPRESSED] as unknown[]).filter((name) => name !== 'role');
};

/**
 * Makes the trigger's handler.
 *
 * People get `role: authenticated` on both tokens, `app_role` by their groups and, on the access
 * token, their verified email, the last two where configured. Machine clients get the claims that
 * are configured for their app client, or else for the first of their scopes that has any, and
 * nothing else. Scopes are known before the client is made, so one deployment does for both. All other overrides that are in the event
 * already are kept; `groupOverrideDetails` is never added, because an empty one would remove the
 * person's groups from the tokens.
 *
 * It never throws, for Cognito refuses the sign-in then: one bug would lock everybody out. An event
 * that it cannot read goes back without the claims, with a warning, and a token without `role` runs
 * as `anon`. It never changes the event it is given.
 *
 * Source of the event's shape: Cognito developer guide, "Pre token generation Lambda trigger".
 *
 * @param settings - from `readSettings`
 * @param warn - told of each event that cannot be read: its trigger source and version, or null
 *   where these are not words. If both are known ones, a field has a wrong type.
 */
export const preToken =
  ([appRoleGroups, emailClaim, machineClaims]: PreTokenSettings, warn: Warn) =>
  async <Event extends PreTokenEvent>(event: Event): Promise<Event> => {
    let kind: string | undefined;
    try {
      // First of all, and for whatever event: `role` and `app_role` come from here or not at all.
      // A copy through JSON has no getters, prototypes or frozen parts. What does not survive that
      // goes back as it is: Lambda could neither have read it nor could it write it to Cognito, so
      // nothing in it gets into a token.
      event = JSON.parse(JSON.stringify(event), (key, value) => {
        if (key === CLAIMS) {
          delete value?.role;
          delete value?.app_role;
        }
        return value;
      });

      // As text, so a version that comes as a number counts as well. Sources by how they begin.
      kind = `${event.triggerSource} ${event.version}`;
      const [, , , person] =
        /^TokenGeneration_(ClientCredentials 3|(Hosted|Auth|New|Refresh)\w+ ([123]))$/.exec(
          kind,
        ) as unknown as string[];

      const request = objectOf(event.request ?? 0);
      const { email, email_verified } = objectOf(request.userAttributes) as Record<string, string>;
      const groups = objectOf(request.groupConfiguration).groupsToOverride as unknown[] | undefined;
      // Compared one by one: 'superadmins'.includes('admins') is true.
      const app_role = appRoleGroups?.find((group) => groups?.some((name) => name === group));
      const names = [event.callerContext.clientId, ...((request.scopes as string[]) ?? [])];
      const claims: Fields | undefined = person
        ? { role: AUTHENTICATED_ROLE, ...(app_role && { app_role }) }
        : machineClaims[names.find((name) => machineClaims[name]) as string];

      const result = { ...event };
      let response = part(result as unknown as Fields, 'response');
      if (claims) {
        // `person` is the version of a person's event, and undefined for a machine's.
        if (person === '1') add(response, 'claimsOverrideDetails', claims);
        else {
          response = part(response, 'claimsAndScopeOverrideDetails');
          if (person) add(response, 'idTokenGeneration', claims);
          add(response, 'accessTokenGeneration', {
            ...objectOf(claims),
            // Whoever may change their email could otherwise take anybody's.
            ...(person && emailClaim && email_verified === 'true' && email && { email }),
          });
        }
        event = result;
      }
    } catch {
      warn(`cannot read ${/^\w+ \w$/.exec(kind as string)}`);
    }
    return event;
  };
