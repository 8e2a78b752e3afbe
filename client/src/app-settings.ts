/** The settings that `cognito-supabase dev` gives an app, in its environment. */

export interface AppSettings {
  readonly url: string;
  readonly publishableKey: string;
  readonly userPoolId: string;
  readonly clientId: string;
  /** Of the stack on this machine. @defaultValue Amazon Cognito in the region of the pool */
  readonly endpoint?: string;
}

/** @throws If the variable is missing. */
export function required(name: string, value: unknown): string {
  if (typeof value === 'string' && value !== '') return value;
  throw new Error(
    `${name} is not set. Write it into .env.local, and start or build the app again.`,
  );
}

/** For `Amplify.configure`. */
export const amplifyConfig = ({ userPoolId, clientId, endpoint }: AppSettings) => ({
  Auth: {
    Cognito: {
      userPoolId,
      userPoolClientId: clientId,
      ...(endpoint && { userPoolEndpoint: endpoint }),
    },
  },
});
