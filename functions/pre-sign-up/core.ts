/**
 * The pre-sign-up trigger without Lambda: who may have an account, and whether the account of an identity provider
 * opens an existing one.
 *
 * Source of the event's shape: Cognito developer guide, "Pre sign-up Lambda trigger".
 */
import type { PreSignUpTriggerEvent } from 'aws-lambda';
import { isDomainAllowed } from './domains.ts';
import { decideLink, type LinkDecision } from './linking.ts';
import type { SignUpSettings } from './settings.ts';
import type { SignUpPool } from './user-pool.ts';

export interface PreSignUpParts {
  readonly settings: SignUpSettings;
  readonly pool: SignUpPool;
  /** Gets one line about a failure. The line contains no personal data. */
  readonly warn: (line: string) => void;
}

/**
 * Refuses the sign-up. Cognito shows the message after `PreSignUp failed with error`, so it names no user, and it
 * says nothing about whether an address has an account.
 */
export class SignUpRefusedError extends Error {
  override readonly name = 'SignUpRefusedError';
}

/** Starts the message after an account was linked. An app that sees it begins the sign-in again, once. */
export const ACCOUNT_LINKED = 'ACCOUNT_LINKED';

const REFUSALS = {
  domain: 'Accounts are not open to this email address.',
  invitation: 'Accounts are by invitation only.',
  disabled: 'This account cannot be opened.',
  failed: 'Sign-up does not work at the moment. Try again later.',
  linked: `${ACCOUNT_LINKED}: Sign in again to reach your account.`,
} as const;

const refuse = (reason: keyof typeof REFUSALS): never => {
  throw new SignUpRefusedError(REFUSALS[reason]);
};

interface Identity {
  /** As the settings have it. Undefined if they do not name the provider. */
  readonly provider: string | undefined;
  readonly subject: string;
}

/** The username is `PROVIDER_SUBJECT`. Cognito writes some providers in small letters there. */
function identityOf(userName: string, providers: readonly string[]): Identity {
  const isOf = (name: string): boolean =>
    userName.toLowerCase().startsWith(`${name.toLowerCase()}_`);
  const provider = providers.find(isOf);
  return { provider, subject: userName.slice((provider?.length ?? 0) + 1) };
}

async function decide(
  { settings, pool }: PreSignUpParts,
  { userPoolId, userName, request }: PreSignUpTriggerEvent,
): Promise<LinkDecision> {
  const { email, email_verified: verified } = request.userAttributes;
  if (!email) return { kind: 'separate' };
  const { provider, subject } = identityOf(userName, settings.linkProviders);
  const account = { trustedProvider: provider, email, isEmailVerified: verified === 'true' };
  const decision = decideLink(account, await pool.findByEmail(userPoolId, email));
  if (decision.kind === 'link' && provider !== undefined)
    await pool.link(userPoolId, { username: decision.username, provider, subject });
  return decision;
}

async function checkExternal(
  parts: PreSignUpParts,
  event: PreSignUpTriggerEvent,
): Promise<PreSignUpTriggerEvent> {
  const { kind } = await decide(parts, event).catch((error: unknown) => {
    parts.warn(`pre-sign-up: ${error instanceof Error ? error.name : 'error'}`);
    return refuse('failed');
  });
  if (kind === 'refuse') refuse('disabled');
  // Cognito makes no user of a linked account now, and answers with this error. The next sign-in opens the account.
  if (kind === 'link') refuse('linked');
  if (parts.settings.invitationsOnly) refuse('invitation');
  if (event.request.userAttributes.email_verified !== 'true') return event;
  const response = { ...event.response, autoConfirmUser: true, autoVerifyEmail: true };
  return { ...event, response };
}

/**
 * Makes the trigger's handler. It rejects to refuse a sign-up, also if it could not check it. Users that an
 * administrator makes are invitations, and no rule applies to them.
 */
export const preSignUp =
  (parts: PreSignUpParts) =>
  async (event: PreSignUpTriggerEvent): Promise<PreSignUpTriggerEvent> => {
    const { triggerSource, request } = event;
    const { settings } = parts;
    if (triggerSource === 'PreSignUp_AdminCreateUser') return event;
    if (!isDomainAllowed(request.userAttributes.email, settings)) refuse('domain');
    if (triggerSource === 'PreSignUp_ExternalProvider') return checkExternal(parts, event);
    if (settings.invitationsOnly) refuse('invitation');
    return event;
  };
