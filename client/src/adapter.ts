/** What the client needs of a library that signs people in. Adapters are in adapters/, and anybody can write one. */

/** As the library has them, unverified. */
export interface Tokens {
  /** Goes to Supabase. */
  readonly accessToken: string;
  /** For the name to show. @defaultValue none */
  readonly idToken?: string | undefined;
  /** How far Cognito's clock is ahead of this device's, in milliseconds. @defaultValue 0 */
  readonly clockDrift?: number;
}

/** What happened to the session, in this tab or another one. */
export type AuthEvent =
  /** `sub`, if the library says it. */
  | { readonly type: 'signedIn'; readonly sub?: string | undefined }
  | { readonly type: 'renewed' }
  /** Cognito does not renew the session any more. A lost network is no such event. */
  | { readonly type: 'refused' }
  | { readonly type: 'signedOut' };

export interface AuthAdapter {
  /**
   * The tokens now.
   *
   * @param renew - Whether to renew them in any case.
   * @returns Null if nobody is signed in, or Cognito refuses to renew the session.
   * @throws If they have to be renewed and Cognito cannot be reached or fails.
   */
  readonly tokens: (renew: boolean) => Promise<Tokens | null>;
  readonly signOut: () => Promise<void>;
  /** Starts listening, and returns how to stop. */
  readonly listen: (listener: (event: AuthEvent) => void) => () => void;
}
