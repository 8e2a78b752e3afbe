/** Claims of a project, with the same guarantees as the kit's own. */
import type { PreTokenEvent } from '../pre-token/events.ts';
import { type Fields, fieldsOf } from '../pre-token/fields.ts';
import { isReserved, type Warn } from '../pre-token/settings.ts';

/** Claims that only the kit sets. */
const OURS: ReadonlySet<string> = new Set(['role', 'app_role']);

/**
 * Gets the event, and the claims that the access token has by then; in an event of version 1, the ID token. Returns the
 * claims to add, or nothing.
 */
export type Extend = (
  event: PreTokenEvent,
  claims: Readonly<Record<string, unknown>>,
) =>
  | Readonly<Record<string, unknown>>
  | undefined
  | Promise<Readonly<Record<string, unknown>> | undefined>;

/** How long `extend` may take, in ms. Cognito waits 5 s for all of it. */
const PATIENCE = 3000;

async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(reject, PATIENCE, new Error('extend takes too long'));
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

/** What may be added, through JSON, so that it has no getters and prototypes. */
function allowedClaims(given: unknown, isVersion1: boolean, warn: Warn): Fields {
  const claims = fieldsOf(JSON.parse(JSON.stringify(given ?? {})));
  return Object.fromEntries(
    Object.entries(claims).filter(([name, value]) => {
      const isAllowed = !isReserved(name) && !OURS.has(name);
      // Source: Cognito developer guide: version 1 takes texts only.
      const fits = !isVersion1 || typeof value === 'string';
      if (!isAllowed || !fits)
        warn(`extend: drops ${/^[\w:-]{1,40}$/.test(name) ? name : 'a claim'}`);
      return isAllowed && fits;
    }),
  );
}

/** The overrides of one token with more claims. Those that are there stay. */
function withMore(overrides: unknown, claims: Fields): Fields {
  const token = fieldsOf(overrides);
  return {
    ...token,
    claimsToAddOrOverride: { ...claims, ...fieldsOf(token.claimsToAddOrOverride) },
  };
}

/** @returns the event with the claims, or as it was if `extend` fails */
export async function addOwnClaims<Event extends PreTokenEvent>(
  event: Event,
  extend: Extend,
  warn: Warn,
): Promise<Event> {
  try {
    const response = fieldsOf(event.response);
    const isVersion1 = `${event.version}` === '1';
    const details = fieldsOf(
      isVersion1 ? response.claimsOverrideDetails : response.claimsAndScopeOverrideDetails,
    );
    const own = isVersion1 ? details : fieldsOf(details.accessTokenGeneration);
    const known = Object.freeze(structuredClone(fieldsOf(own.claimsToAddOrOverride)));
    // A copy, so that it changes nothing but what it returns.
    const given = await inTime(Promise.resolve(extend(structuredClone(event), known)));
    const claims = allowedClaims(given, isVersion1, warn);
    if (Object.keys(claims).length === 0) return event;
    if (isVersion1)
      return {
        ...event,
        response: { ...response, claimsOverrideDetails: withMore(details, claims) },
      };
    const isMachine = event.triggerSource === 'TokenGeneration_ClientCredentials';
    return {
      ...event,
      response: {
        ...response,
        claimsAndScopeOverrideDetails: {
          ...details,
          accessTokenGeneration: withMore(details.accessTokenGeneration, claims),
          // A machine has no ID token.
          ...(!isMachine && { idTokenGeneration: withMore(details.idTokenGeneration, claims) }),
        },
      },
    };
  } catch (error) {
    warn(`extend: ${error instanceof Error ? error.name : 'error'}, no claims of it`);
    return event;
  }
}
