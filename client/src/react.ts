/** Session and client for React. */
import type { SupabaseClient } from '@supabase/supabase-js';
import {
  createContext,
  createElement,
  type ReactElement,
  type ReactNode,
  useContext,
  useSyncExternalStore,
} from 'react';
import type { AnyDatabase, CognitoSupabase } from './create.ts';
import type { SessionState, SessionStore } from './session-store.ts';

const Context = createContext<CognitoSupabase | null>(null);

export interface CognitoSupabaseProviderProps {
  /** Of `createCognitoSupabase`, made once, outside of components. */
  readonly value: CognitoSupabase<AnyDatabase>;
  readonly children?: ReactNode;
}

/** Gives session and client to the components below it. */
export const CognitoSupabaseProvider = ({
  value,
  children,
}: CognitoSupabaseProviderProps): ReactElement => createElement(Context, { value }, children);

const useCognitoSupabase = (given?: CognitoSupabase): CognitoSupabase => {
  const provided = useContext(Context);
  const value = given ?? provided;
  if (value === null)
    throw new Error('There is no <CognitoSupabaseProvider> above this component.');
  return value;
};

const RESTORING: SessionState = { status: 'restoring' };
const restoring = (): SessionState => RESTORING;

/**
 * The state of the session, and what can be done with it. On a server it is `restoring`.
 *
 * @param kit - Of `createCognitoSupabase`. @defaultValue that of the provider
 */
export function useSession(
  kit?: CognitoSupabase<AnyDatabase>,
): SessionState & Pick<SessionStore, 'refreshClaims' | 'restore' | 'signOut'> {
  const { session } = useCognitoSupabase(kit);
  const state = useSyncExternalStore(session.subscribe, session.getSnapshot, restoring);
  const { refreshClaims, restore, signOut } = session;
  return { ...state, refreshClaims, restore, signOut };
}

/**
 * The Supabase client.
 *
 * @typeParam Database - The same as of `createCognitoSupabase`.
 */
export const useSupabase = <Database = AnyDatabase>(): SupabaseClient<Database> =>
  useCognitoSupabase().supabase as unknown as SupabaseClient<Database>;
