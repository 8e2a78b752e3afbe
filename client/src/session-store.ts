import type { AuthAdapter, Tokens } from './adapter.ts';
import { type Claims, readClaims } from './claims.ts';

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

/** The signed-in person, for `useSyncExternalStore`. */
export interface SessionStore {
  readonly getSnapshot: () => SessionState;
  readonly subscribe: (onChange: () => void) => () => void;
  /** Reads the session: at the start, and when it may have changed without an event. */
  readonly restore: () => Promise<void>;
  /** Renews the token now, for example after a change of groups. */
  readonly refreshClaims: () => Promise<void>;
  readonly signOut: () => Promise<void>;
  /** Signs out because the database no longer accepts the tokens of this session. */
  readonly end: () => Promise<void>;
  /** Stops listening. */
  readonly close: () => void;
}

const describe = ({ accessToken, idToken = '', clockDrift = 0 }: Tokens): Person | null => {
  const claims = readClaims(accessToken);
  if (claims === null) return null;
  const idClaims = readClaims(idToken);
  const name = [idClaims?.email, claims.email, claims.username, claims.sub].find(
    (candidate): candidate is string => typeof candidate === 'string',
  );
  return { sub: claims.sub, name: name ?? claims.sub, claims, clockDrift };
};

/** Follows the session and its events. It keeps claims, but no token. */
export const createSessionStore = (auth: AuthAdapter): SessionStore => {
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
      const tokens = await auth.tokens(forceRefresh);
      if (mine !== reads) return;
      const person = tokens && describe(tokens);
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

  const stop = auth.listen((event) => {
    switch (event.type) {
      case 'signedIn':
        // Nothing of the former person may stay on the page while the new session is read.
        if (state.status === 'signedIn' && state.person.sub !== event.sub) {
          set({ status: 'restoring' });
        }
        void read(false);
        break;
      case 'renewed':
        void read(false);
        break;
      case 'refused':
        leave('refused');
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
      await auth.signOut();
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
    refreshClaims: () => read(true),
    signOut: () => signOut(null),
    end: async () => {
      // At once, because the page shows rows that the person may no longer see.
      leave('revoked');
      await signOut('revoked');
    },
    close: stop,
  };
};
