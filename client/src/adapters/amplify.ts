/** Amplify v6 as an adapter. Call `Amplify.configure` before anything else. */
import { fetchAuthSession, signOut } from 'aws-amplify/auth';
import { cognitoUserPoolsTokenProvider } from 'aws-amplify/auth/cognito';
import { Hub } from 'aws-amplify/utils';
import type { AuthAdapter, AuthEvent, Tokens } from '../adapter.ts';

/** The parts of Amplify that the adapter uses. A test may bring its own. */
export interface AmplifyParts {
  readonly fetchSession: (options?: { forceRefresh: boolean }) => Promise<{
    readonly tokens?:
      | {
          readonly accessToken: { toString(): string };
          readonly idToken?: { toString(): string } | undefined;
        }
      | undefined;
  }>;
  readonly signOut: () => Promise<void>;
  /** Events of Amplify's Hub, and the same events of other tabs. */
  readonly listen: (
    listener: (payload: { readonly event: string; readonly data?: unknown }) => void,
  ) => () => void;
  readonly clockDrift: () => Promise<number>;
}

const parts: AmplifyParts = {
  fetchSession: fetchAuthSession,
  signOut,
  listen: (listener) =>
    Hub.listen('auth', ({ payload }) => listener(payload), {
      listenerName: 'cognito-supabase',
      enableCrossTabEvents: true,
    }),
  // As Amplify measured it when it received the tokens. Amplify uses it to renew them.
  clockDrift: async () => {
    const tokens = await cognitoUserPoolsTokenProvider.authTokenStore.loadTokens();
    return tokens?.clockDrift ?? 0;
  },
};

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

const isFinal = (data: unknown): boolean => {
  const name = (data as { error?: { name?: string } } | undefined)?.error?.name ?? '';
  return FINAL_FAILURES.some((one) => name.startsWith(one));
};

const eventOf = (event: string, data: unknown): AuthEvent | null => {
  switch (event) {
    case 'signedIn':
      return { type: 'signedIn', sub: (data as { userId?: string } | undefined)?.userId };
    case 'tokenRefresh':
      return { type: 'renewed' };
    case 'tokenRefresh_failure':
      return isFinal(data) ? { type: 'refused' } : null;
    case 'signedOut':
      return { type: 'signedOut' };
    default:
      return null;
  }
};

/** @example createCognitoSupabase({ url, publishableKey, auth: amplifyAuth() }) */
export const amplifyAuth = ({
  fetchSession,
  signOut: leave,
  listen,
  clockDrift,
}: AmplifyParts = parts): AuthAdapter => ({
  tokens: async (renew): Promise<Tokens | null> => {
    const { tokens } = await fetchSession(renew ? { forceRefresh: true } : undefined);
    if (!tokens) return null;
    const drift = await clockDrift().catch(() => 0);
    return {
      accessToken: tokens.accessToken.toString(),
      idToken: tokens.idToken?.toString(),
      clockDrift: Number.isFinite(drift) ? drift : 0,
    };
  },
  signOut: leave,
  listen: (listener) =>
    listen(({ event, data }) => {
      const known = eventOf(event, data);
      if (known) listener(known);
    }),
});
