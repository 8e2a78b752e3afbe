import { Amplify } from 'aws-amplify';
import type { WebConfig } from '../config.ts';

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
