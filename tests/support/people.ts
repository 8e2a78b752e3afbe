/** People of the running user pool, signed up through Cognito's own API as an app would. */
import { randomBytes } from 'node:crypto';
import {
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
  ConfirmSignUpCommand,
  InitiateAuthCommand,
  SignUpCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import type { StackEnv } from '@cognito-supabase/contract/settings';
import { createClient } from '@supabase/supabase-js';
import { stackEnv } from './stack.ts';

export interface Person {
  readonly email: string;
  readonly password: string;
  readonly sub: string;
  readonly accessToken: string;
  readonly idToken: string;
  readonly refreshToken: string;
}

export function cognitoClient(
  { COGNITO_ENDPOINT, COGNITO_REGION }: StackEnv = stackEnv(),
): CognitoIdentityProviderClient {
  return new CognitoIdentityProviderClient({
    endpoint: COGNITO_ENDPOINT,
    region: COGNITO_REGION,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
}

/** The newest code mailed to an address. */
export async function mailedCode(email: string, env = stackEnv()): Promise<string> {
  const address = `${env.COGNITO_ENDPOINT}/_local/messages?to=${encodeURIComponent(email)}`;
  const messages = (await (await fetch(address)).json()) as { code: string }[];
  const code = messages[0]?.code;
  if (code === undefined) throw new Error(`no mail to ${email}`);
  return code;
}

/**
 * Signs up a new person, confirms them by the mailed code, and signs them in.
 *
 * @param env of a stack other than the shared one.
 */
export async function newPerson(name = 'person', env = stackEnv()): Promise<Person> {
  const ClientId = env.COGNITO_CLIENT_ID;
  const cognito = cognitoClient(env);
  const { email, password } = newLogin(name);
  const signedUp = await cognito.send(
    new SignUpCommand({
      ClientId,
      Username: email,
      Password: password,
      UserAttributes: [{ Name: 'email', Value: email }],
    }),
  );
  await cognito.send(
    new ConfirmSignUpCommand({
      ClientId,
      Username: email,
      ConfirmationCode: await mailedCode(email, env),
    }),
  );
  return signedIn({ email, password, sub: signedUp.UserSub ?? '' }, env);
}

/** A person for whom an administrator has made the account, signed in. Nothing has made a profile. */
export async function invitedPerson(name = 'person', env = stackEnv()): Promise<Person> {
  const cognito = cognitoClient(env);
  const { email, password } = newLogin(name);
  const user = { UserPoolId: env.COGNITO_USER_POOL_ID, Username: email };
  const { User } = await cognito.send(
    new AdminCreateUserCommand({
      ...user,
      MessageAction: 'SUPPRESS',
      UserAttributes: [
        { Name: 'email', Value: email },
        { Name: 'email_verified', Value: 'true' },
      ],
    }),
  );
  await cognito.send(
    new AdminSetUserPasswordCommand({ ...user, Password: password, Permanent: true }),
  );
  return signedIn({ email, password, sub: User?.Username ?? '' }, env);
}

const newLogin = (name: string) => ({
  email: `${name}-${randomBytes(6).toString('hex')}@example.com`,
  password: `Test-${randomBytes(9).toString('base64url')}-aA1`,
});

async function signedIn(
  login: Pick<Person, 'email' | 'password' | 'sub'>,
  env: StackEnv,
): Promise<Person> {
  const { AuthenticationResult } = await cognitoClient(env).send(
    new InitiateAuthCommand({
      ClientId: env.COGNITO_CLIENT_ID,
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: login.email, PASSWORD: login.password },
    }),
  );
  return {
    ...login,
    accessToken: AuthenticationResult?.AccessToken ?? '',
    idToken: AuthenticationResult?.IdToken ?? '',
    refreshToken: AuthenticationResult?.RefreshToken ?? '',
  };
}

/** supabase-js with this token, or without one. */
export function supabaseAs(token: string | null) {
  const { SUPABASE_URL, SUPABASE_PUBLISHABLE_KEY } = stackEnv();
  return createClient(SUPABASE_URL, SUPABASE_PUBLISHABLE_KEY, { accessToken: async () => token });
}
