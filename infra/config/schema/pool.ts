/** The user pool and its pre-token trigger, as settings. */
import { z } from 'zod';
import { list, named, optional, region, text } from './shape.ts';

export const PLANS = ['LITE', 'ESSENTIALS', 'PLUS'] as const;
export const TRIGGER_VERSIONS = ['V1_0', 'V2_0', 'V3_0'] as const;

/** Standard attributes that can be required of a new account. Source: OpenID Connect Core 5.1. */
export const REQUIRABLE = [
  'address',
  'birthdate',
  'family_name',
  'gender',
  'given_name',
  'locale',
  'middle_name',
  'name',
  'nickname',
  'phone_number',
  'picture',
  'preferred_username',
  'profile',
  'website',
  'zoneinfo',
] as const;

export const attributeSettings = z.strictObject({
  type: z.enum(['string', 'number', 'boolean', 'datetime']),
  /** Largest length or number. @default - Cognito's limit */
  max: optional(z.int()),
  /** @default - true. A provider that is mapped to an immutable attribute cannot sign people in */
  mutable: optional(z.boolean()),
});

export const groupSettings = z.strictObject({ name: text, description: optional(text) });

export const emailSettings = z.strictObject({
  /** Address in a domain that is verified in SES. */
  from: text,
  fromName: optional(text),
  replyTo: optional(text),
  /** Verified domain in SES. @default - the domain of `from` */
  verifiedDomain: optional(text),
  /** Region of SES. @default - the region of the stage */
  sesRegion: optional(region),
});

export const passkeySettings = z.strictObject({
  /** Domain that passkeys belong to. With a custom login domain: that domain or a parent of it. */
  relyingPartyId: text,
  /** @default - preferred */
  userVerification: optional(z.enum(['preferred', 'required'])),
  /**
   * Whether a passkey counts as both factors. It needs `userVerification: 'required'`. Without it nobody
   * can sign in by passkey if a second factor is required.
   * @default - false
   */
  asMfa: optional(z.boolean()),
});

const RISK_ACTIONS = ['none', 'mfa-if-configured', 'mfa-required', 'block'] as const;

const riskAction = z.strictObject({
  action: z.enum(RISK_ACTIONS),
  /** Also mails the person. @default - false */
  notify: optional(z.boolean()),
});

/** Reactions of threat protection. They take effect if `threatProtection` is `enforce`. */
export const riskSettings = z.strictObject({
  /** A sign-in that may be by an attacker, by level of risk. @default - Cognito's own */
  accountTakeover: optional(
    z.strictObject({
      low: optional(riskAction),
      medium: optional(riskAction),
      high: optional(riskAction),
    }),
  ),
  /** A password that was seen in a leak. @default - block */
  compromisedCredentials: optional(z.enum(['none', 'block'])),
  /** Blocked address ranges, in CIDR notation. @default - none */
  blockedRanges: optional(list(text)),
  /** Address ranges that are not checked, in CIDR notation. @default - none */
  skippedRanges: optional(list(text)),
});

export const poolSettings = z.strictObject({
  /** @default - ESSENTIALS, or PLUS if threatProtection is set */
  plan: optional(z.enum(PLANS)),
  /** Whether people sign themselves up. @default - true */
  selfSignUp: optional(z.boolean()),
  /** @default - 12 characters, the last 5 passwords refused */
  password: optional(z.strictObject({ minLength: optional(z.int()), history: optional(z.int()) })),
  /** Second factor by an authenticator app. @default - optional */
  mfa: optional(z.enum(['off', 'optional', 'required'])),
  /** Also by SMS, which costs per message and can be intercepted. @default - false */
  sms: optional(z.boolean()),
  /** Passkeys as a first factor. @default - none */
  passkeys: optional(passkeySettings),
  /** Compromised passwords and risky sign-ins; needs PLUS. @default - off */
  threatProtection: optional(z.enum(['audit', 'enforce'])),
  /** Reactions of threat protection. @default - Cognito's own */
  risk: optional(riskSettings),
  /**
   * Logs of the pool in CloudWatch: mails and messages that could not be delivered, and, with threat
   * protection, the risk of each sign-in.
   * @default - none
   */
  logs: optional(list(z.enum(['delivery', 'sign-ins']))),
  /** Custom attributes by name, without `custom:`. They can be added later, never removed. */
  attributes: optional(named(attributeSettings)),
  /**
   * Standard attributes that an account must have, besides email. They cannot be changed later. @default
   * - none
   */
  requiredAttributes: optional(list(z.enum(REQUIRABLE))),
  /** Groups, strongest first: their order is their precedence. @default - none */
  groups: optional(list(groupSettings)),
  /** Sender of mail. @default - Cognito's own, limited to 50 mails a day */
  email: optional(emailSettings),
});

/**
 * A pool that this stack does not own. The stack makes the function, and `attach` sets it as the trigger.
 */
export const existingPoolSettings = z.strictObject({
  /** As in `eu-central-1_a1B2c3D4e`. */
  existingId: text,
  /** App clients whose tokens the API accepts. */
  clientIds: list(text),
});

export const preTokenSettings = z.strictObject({
  /**
   * V3_0 is called for people and machines, V2_0 for people. V1_0 changes the ID token only, so access
   * tokens have no `role`.
   * @default - V3_0
   */
  version: optional(z.enum(TRIGGER_VERSIONS)),
  /** The reason for another version than V3_0. Required with another version. */
  versionReason: optional(text),
  /** Groups that become the claim `app_role`, strongest first. @default - none */
  appRoleGroups: optional(list(text)),
  /** Adds the verified email to access tokens. @default - false */
  emailClaim: optional(z.boolean()),
  /** App client id, or scope, → claims of machine tokens. clients.machine has its own. @default - none */
  machineClaims: optional(named(named(z.unknown()))),
  /**
   * Reserved concurrency: other functions of the account cannot use it, and more sign-ins at once are
   * refused.
   * @default - the unreserved concurrency of the account
   */
  reservedConcurrency: optional(z.int()),
});
