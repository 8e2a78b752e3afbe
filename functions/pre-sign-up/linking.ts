/**
 * Whether the account of an identity provider may open an account that the pool has already. Every case is in
 * docs/triggers.md, and in its test.
 *
 * An account can be taken over from both sides. Somebody can have an address at a provider that never checked it, and
 * somebody can have signed up here with the address of another person, and wait. So both sides have to have verified
 * the address, and the settings have to name the provider.
 */

/** The account of the provider that is new to the pool. */
export interface ExternalAccount {
  /** Its name in the pool, such as `Google`. Undefined if the settings do not name it. */
  readonly trustedProvider: string | undefined;
  readonly email: string | undefined;
  readonly isEmailVerified: boolean;
}

/** A user of the pool with the same address. */
export interface PoolUser {
  readonly username: string;
  readonly email: string | undefined;
  readonly isEmailVerified: boolean;
  readonly isEnabled: boolean;
  /** Of Cognito, such as `CONFIRMED`. */
  readonly status: string;
}

export type LinkDecision =
  | { readonly kind: 'link'; readonly username: string }
  /** A user of its own, with another sub. */
  | { readonly kind: 'separate' }
  /** Somebody has been disabled, and would come back by another door. */
  | { readonly kind: 'refuse' };

/**
 * Users with a password that have proved their address: confirmed by a code, or invited to it by an administrator.
 * `UNCONFIRMED` has proved nothing, and `EXTERNAL_PROVIDER` is the account of another provider.
 */
const OWN_ACCOUNTS = new Set(['CONFIRMED', 'FORCE_CHANGE_PASSWORD', 'RESET_REQUIRED']);

export function decideLink(account: ExternalAccount, users: readonly PoolUser[]): LinkDecision {
  const email = account.email?.toLowerCase();
  const owners = users.filter(
    (user) => email !== undefined && user.isEmailVerified && user.email?.toLowerCase() === email,
  );
  if (account.isEmailVerified && owners.some(({ isEnabled }) => !isEnabled))
    return { kind: 'refuse' };
  const [owner, another] = owners.filter(({ status }) => OWN_ACCOUNTS.has(status));
  const isSafe = account.trustedProvider !== undefined && account.isEmailVerified;
  // With two owners nobody knows which is meant.
  if (!isSafe || owner === undefined || another !== undefined) return { kind: 'separate' };
  return { kind: 'link', username: owner.username };
}
