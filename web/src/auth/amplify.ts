import { Amplify } from 'aws-amplify';
import { cognitoUserPoolsTokenProvider } from 'aws-amplify/auth/cognito';
import { Hub } from 'aws-amplify/utils';
import type { WebConfig } from '../config.ts';

/** What Amplify announces about the session, in this tab and from others. */
export interface AuthEvent {
  readonly event: string;
  readonly data?: unknown;
}

/** Starts listening and returns how to stop. */
export type ListenToAuth = (listener: (event: AuthEvent) => void) => () => void;

/** Tells Amplify which pool and app client to use. To be called once, before anything else of it. */
export const configureAmplify = (config: WebConfig): void => {
  Amplify.configure({
    Auth: {
      Cognito: {
        userPoolId: config.userPoolId,
        userPoolClientId: config.clientId,
        ...(config.cognitoEndpoint === null ? {} : { userPoolEndpoint: config.cognitoEndpoint }),
      },
    },
  });
};

/**
 * Auth events of Amplify's Hub, with those of other tabs, which it learns of by storage events and
 * keeps from listeners that do not ask for them.
 */
export const listenToAuth: ListenToAuth = (listener) =>
  Hub.listen('auth', ({ payload }) => listener(payload), {
    listenerName: 'web',
    enableCrossTabEvents: true,
  });

/**
 * What Cognito's clock shows more than this device's, in milliseconds, as Amplify found it when it got
 * the tokens. It renews by it, too.
 */
export const readClockDrift = async (): Promise<number> => {
  const tokens = await cognitoUserPoolsTokenProvider.authTokenStore.loadTokens();
  const drift = tokens?.clockDrift ?? 0;
  return Number.isFinite(drift) ? drift : 0;
};
