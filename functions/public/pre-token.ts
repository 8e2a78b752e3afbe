/** The pre-token trigger for other people's functions: settings as values, and claims of their own. */
import { preToken } from '../pre-token/core.ts';
import type { PreTokenEvent } from '../pre-token/events.ts';
import { readMachineClaims, type Warn } from '../pre-token/settings.ts';
import { addOwnClaims, type Extend } from './own-claims.ts';

export interface PreTokenOptions {
  /** Groups that become the claim `app_role`, strongest first. @default - no claim `app_role` */
  readonly appRoleGroups?: readonly string[];
  /** Adds the verified email to access tokens. @default - false */
  readonly emailClaim?: boolean;
  /** App client id or scope → claims of machine tokens. @default - none */
  readonly machineClaims?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Adds claims of your own. @default - none */
  readonly extend?: Extend;
  /** Gets a line about everything that is ignored. It contains no personal data. @default - `console.warn` */
  readonly warn?: Warn;
}

/** A handler for all versions of the event. */
export type PreTokenHandler = <Event extends PreTokenEvent>(event: Event) => Promise<Event>;

/**
 * Makes the pre-token trigger of a user pool: tokens of people get `role: authenticated`.
 *
 * It never throws, because Cognito would refuse the sign-in. Claims that Cognito reserves, and `role` and `app_role`, are
 * dropped from what `extend` returns. If `extend` fails, the token goes without its claims.
 *
 * @example export const handler = createPreTokenHandler({ appRoleGroups: ['admin'] });
 */
export function createPreTokenHandler({
  appRoleGroups = [],
  emailClaim = false,
  machineClaims = {},
  extend,
  warn = (line) => console.warn(line),
}: PreTokenOptions = {}): PreTokenHandler {
  const settings = {
    appRoleGroups,
    emailClaim,
    machineClaims: readMachineClaims(JSON.stringify(machineClaims), warn),
  };
  const ours = preToken(settings, warn);
  if (extend === undefined) return ours;
  return async (event) => addOwnClaims(await ours(event), extend, warn);
}
