/**
 * The pre-authentication trigger without Lambda: disabled people and blocked addresses do not sign in.
 *
 * Cognito does not call it when tokens are refreshed. The database itself refuses the tokens of a disabled person.
 *
 * Source of the event's shape: Cognito developer guide, "Pre authentication Lambda trigger".
 */
import type { PreAuthenticationTriggerEvent } from 'aws-lambda';
import { reasonOf, type ServiceRpc } from '../service/data-api.ts';
import { answerCache } from './answer-cache.ts';

export interface PreAuthenticationParts {
  readonly rpc: ServiceRpc;
  /** What happens if the database does not answer: `allow` or `refuse`. */
  readonly whenDown: 'allow' | 'refuse';
  /** How long an answer counts, in ms. @default - 10 s */
  readonly keepFor?: number;
  /** Gets one line about a failure. The line contains no personal data. */
  readonly warn: (line: string) => void;
}

/** The person sees this text, after a prefix of Cognito's. It does not say whether person or address is blocked. */
const REFUSAL = 'You cannot sign in. Ask the people who run this service.';
const DOWN = 'Signing in does not work at the moment. Try again later.';

/** Addresses count before they are verified, too, because they may open a verification. */
const addressesOf = ({ email, phone_number: phone }: Readonly<Record<string, string>>): string[] =>
  [email, phone].filter((one) => one !== undefined && one !== '') as string[];

/**
 * Makes the trigger's handler. It resolves to the event unchanged, or rejects, and then Cognito refuses the sign-in.
 *
 * @throws Error with a text for the person
 */
export function preAuthentication({ rpc, whenDown, keepFor, warn }: PreAuthenticationParts) {
  const cache = answerCache(keepFor);
  const ask = async (sub: string, addresses: readonly string[]): Promise<boolean> => {
    const key = JSON.stringify([sub, ...addresses]);
    const known = cache.get(key);
    if (known !== undefined) return known;
    const isBlocked = (await rpc('sign_in_problem', { sub, addresses })) !== null;
    cache.set(key, isBlocked);
    return isBlocked;
  };
  return async (event: PreAuthenticationTriggerEvent): Promise<PreAuthenticationTriggerEvent> => {
    const { userAttributes: attributes = {}, userNotFound } = event.request;
    const { sub } = attributes;
    // Cognito refuses them itself, in the time that it takes for everybody.
    if (userNotFound || !sub) return event;
    const isBlocked = await ask(sub, addressesOf(attributes)).catch((error: unknown) => {
      warn(`pre-authentication: not asked, ${reasonOf(error)}`);
      if (whenDown === 'refuse') throw new Error(DOWN);
      return false;
    });
    if (isBlocked) throw new Error(REFUSAL);
    return event;
  };
}
