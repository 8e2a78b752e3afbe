/**
 * The server makes a page for one person, with the cookies of the request. These hooks load the page again when the
 * browser has another session.
 */
import { useEffect, useState } from 'react';
import type { Claims } from '../claims.ts';
import { browserKit } from './kit.ts';

let isLeaving = false;

/** Gets the page from the server again. Nothing of the former person stays in memory. */
function reload(): void {
  isLeaving = true;
  globalThis.location.reload();
}

/** For a page of a person: loads it again when that person has signed out, or another person has signed in. */
export function useSignedInPage(): void {
  useEffect(() => {
    const { session } = browserKit();
    let shown: string | null = null;
    const look = () => {
      const state = session.getSnapshot();
      if (state.status !== 'signedIn' && state.status !== 'signedOut') return;
      const sub = state.status === 'signedIn' ? state.person.sub : null;
      if (shown !== null && shown !== sub) reload();
      shown = sub;
    };
    look();
    return session.subscribe(look);
  }, []);
}

const LOADED_FOR = 'cognito-supabase.loaded-for';

/** @returns False if the page was loaded for this token before. The server has refused the token then. */
function isNewToken({ jti, iat }: Claims): boolean {
  const token = String(jti ?? iat);
  try {
    if (sessionStorage.getItem(LOADED_FOR) === token) return false;
    sessionStorage.setItem(LOADED_FOR, token);
    return true;
  } catch {
    // Without storage, a refused token would load the page again and again.
    return false;
  }
}

/**
 * For a page with a sign-in form: loads it again when somebody is signed in. This happens after a sign-in, here or in
 * another tab, and when the token in the cookies has expired and is renewed.
 *
 * @returns Whether to show the form. It is false until the session has been read.
 */
export function useSignInPage(): boolean {
  const [isShown, setShown] = useState(false);
  useEffect(() => {
    const { session } = browserKit();
    let isRead = false;
    const look = () => {
      if (!isRead || isLeaving) return;
      const state = session.getSnapshot();
      if (state.status === 'restoring') return;
      const isAccepted = state.status === 'signedIn' && isNewToken(state.person.claims);
      if (isAccepted) reload();
      setShown(!isAccepted);
    };
    const stop = session.subscribe(look);
    // Renews a token that has expired since the page was opened.
    void session.restore().then(() => {
      isRead = true;
      look();
    });
    return stop;
  }, []);
  return isShown;
}
