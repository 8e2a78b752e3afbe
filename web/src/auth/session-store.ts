import type { AuthEvent, ListenToAuth } from './amplify.ts';
import { type Claims, readClaims } from './jwt.ts';

/** The signed-in person, from the claims of the tokens. */
export interface Person {
  /** The person's id in all tables. It never changes and is never reused. */
  readonly sub: string;
  /** The name to show: the email if the ID token has one. */
  readonly name: string;
  /** Claims of the access token, which Supabase receives. */
  readonly claims: Claims;
  /** How far Cognito's clock is ahead of this device's, in milliseconds. */
  readonly clockDrift: number;
}

/** Why the session ended, if the person did not sign out in this tab. */
export type EndOfSession = 'refused' | 'elsewhere' | 'revoked';

export type SessionState =
  | { readonly status: 'restoring' }
  /** There may be a session, but Cognito could not be reached. */
  | { readonly status: 'unreachable'; readonly error: unknown }
  | { readonly status: 'signedOut'; readonly end: EndOfSession | null }
  | { readonly status: 'signedIn'; readonly person: Person };

/** The part of Amplify's session that the store reads. */
export type ReadSession = (options?: { forceRefresh: boolean }) => Promise<{
  readonly tokens?:
    | {
        readonly accessToken: { toString(): string };
        readonly idToken?: { toString(): string } | undefined;
      }
    | undefined;
}>;

export interface SessionStoreOptions {
  readonly fetchSession: ReadSession;
  readonly signOut: () => Promise<void>;
  readonly listen: ListenToAuth;
  /** How far Cognito's clock is ahead of this device's. @defaultValue 0 */
  readonly readClockDrift?: () => Promise<number>;
}

/** The signed-in person, for `useSyncExternalStore`. */
export interface SessionStore {
  readonly getSnapshot: () => SessionState;
  readonly subscribe: (onChange: () => void) => () => void;
  /** Reads Amplify's session: at the start, and when it may have changed without an event. */
  readonly restore: () => Promise<void>;
  /** Renews the token now, for example after a change of groups. */
  readonly renew: () => Promise<void>;
  readonly signOut: () => Promise<void>;
  /** Signs out because the database no longer accepts the tokens of this session. */
  readonly end: () => Promise<void>;
}

/**
 * Failures of a refresh after which Amplify drops the tokens. After others, such as a lost network, the
 * session stays.
 */
const FINAL_FAILURES = [
  'NotAuthorizedException',
  'TokenRevokedException',
  'UserNotFoundException',
  'PasswordResetRequiredException',
  'UserNotConfirmedException',
  'RefreshTokenReuseException',
];

const failureName = (data: unknown): string =>
  (data as { error?: { name?: string } } | undefined)?.error?.name ?? '';

const describe = (
  tokens: NonNullable<Awaited<ReturnType<ReadSession>>['tokens']>,
  clockDrift: number,
): Person | null => {
  const claims = readClaims(tokens.accessToken.toString());
  if (claims === null) return null;
  const idClaims = readClaims(tokens.idToken?.toString() ?? '');
  const name = [idClaims?.email, claims.email, claims.username, claims.sub].find(
    (candidate): candidate is string => typeof candidate === 'string',
  );
  return { sub: claims.sub, name: name ?? claims.sub, claims, clockDrift };
};

/** Follows Amplify's session and its events. It keeps claims, but no token. */
export const createSessionStore = (options: SessionStoreOptions): SessionStore => {
  let state: SessionState = { status: 'restoring' };
  let reads = 0;
  let leaving = false;
  const listeners = new Set<() => void>();

  const set = (next: SessionState) => {
    state = next;
    for (const listener of listeners) listener();
  };

  const read = async (forceRefresh: boolean) => {
    // Only the latest read counts, because an earlier one may answer late, for the former account.
    reads += 1;
    const mine = reads;
    try {
      const { tokens } = await options.fetchSession(forceRefresh ? { forceRefresh } : undefined);
      const drift = tokens ? ((await options.readClockDrift?.().catch(() => 0)) ?? 0) : 0;
      if (mine !== reads) return;
      const person = tokens ? describe(tokens, drift) : null;
      if (person) set({ status: 'signedIn', person });
      else if (state.status !== 'signedOut') set({ status: 'signedOut', end: null });
    } catch (error) {
      if (mine !== reads) return;
      if (state.status !== 'signedIn') set({ status: 'unreachable', error });
      else if (forceRefresh) throw error;
    }
  };

  const leave = (end: EndOfSession | null) => {
    reads += 1;
    if (state.status === 'signedOut' && end === null) return;
    set({ status: 'signedOut', end });
  };

  options.listen(({ event, data }: AuthEvent) => {
    switch (event) {
      case 'signedIn': {
        const newcomer = (data as { userId?: string } | undefined)?.userId;
        // Nothing of the former person may stay on the page while the new session is read.
        if (state.status === 'signedIn' && state.person.sub !== newcomer) {
          set({ status: 'restoring' });
        }
        void read(false);
        break;
      }
      case 'tokenRefresh':
        void read(false);
        break;
      case 'tokenRefresh_failure':
        if (FINAL_FAILURES.some((name) => failureName(data).startsWith(name))) leave('refused');
        break;
      case 'signedOut':
        // A refused session is first announced with its reason, and then as signed out.
        if (state.status === 'signedOut') break;
        leave(leaving ? null : 'elsewhere');
        break;
    }
  });

  const signOut = async (end: EndOfSession | null) => {
    leaving = true;
    try {
      await options.signOut();
      leave(end);
    } finally {
      leaving = false;
    }
  };

  return {
    getSnapshot: () => state,
    subscribe: (onChange) => {
      listeners.add(onChange);
      return () => listeners.delete(onChange);
    },
    restore: () => read(false),
    renew: () => read(true),
    signOut: () => signOut(null),
    end: async () => {
      // At once, because the page shows rows that the person may no longer see.
      leave('revoked');
      await signOut('revoked');
    },
  };
};
