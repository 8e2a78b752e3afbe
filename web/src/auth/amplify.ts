import { Amplify } from 'aws-amplify';
import { cognitoUserPoolsTokenProvider } from 'aws-amplify/auth/cognito';
import { Hub } from 'aws-amplify/utils';
import type { WebConfig } from '../config.ts';

/** An event of Amplify about the session, in this tab or another one. */
export interface AuthEvent {
  readonly event: string;
  readonly data?: unknown;
}

/** Starts listening and returns how to stop. */
export type ListenToAuth = (listener: (event: AuthEvent) => void) => () => void;

/** Sets Amplify's pool and app client. Call it once, before any other function of Amplify. */
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

/** Auth events of Amplify's Hub, including events of other tabs, which listeners have to ask for. */
export const listenToAuth: ListenToAuth = (listener) =>
  Hub.listen('auth', ({ payload }) => listener(payload), {
    listenerName: 'web',
    enableCrossTabEvents: true,
  });

/**
 * How far Cognito's clock is ahead of this device's, in milliseconds, as Amplify measured it when it
 * received the tokens. Amplify also uses it to renew tokens.
 */
export const readClockDrift = async (): Promise<number> => {
  const tokens = await cognitoUserPoolsTokenProvider.authTokenStore.loadTokens();
  const drift = tokens?.clockDrift ?? 0;
  return Number.isFinite(drift) ? drift : 0;
};
