/** Amazon Cognito and supabase-js as one, without a framework. React is in `./react`. */
export type { AuthAdapter, AuthEvent, Tokens } from './adapter.ts';
export { type Claims, readClaims } from './claims.ts';
export {
  type AnyDatabase,
  type CognitoSupabase,
  type CognitoSupabaseOptions,
  createCognitoSupabase,
} from './create.ts';
export type { EndOfSession, Person, SessionState, SessionStore } from './session-store.ts';
