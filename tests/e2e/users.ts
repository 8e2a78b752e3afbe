/** Users of the stack's pool, made by an administrator. */
import {
  AdminAddUserToGroupCommand,
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  type CognitoIdentityProviderClient,
  CreateGroupCommand,
  InitiateAuthCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import type { StackEnv } from '@cognito-supabase/contract/settings';
import { newEmail } from './person.ts';

export interface MadeUser {
  readonly email: string;
  readonly password: string;
  readonly sub: string;
}

async function addToGroup(
  pool: CognitoIdentityProviderClient,
  UserPoolId: string,
  Username: string,
  GroupName: string,
) {
  await pool.send(new CreateGroupCommand({ UserPoolId, GroupName })).catch((error: Error) => {
    if (error.name !== 'GroupExistsException') throw error;
  });
  await pool.send(new AdminAddUserToGroupCommand({ UserPoolId, Username, GroupName }));
}

/** A confirmed user with a verified address. */
export async function makeUser(
  pool: CognitoIdentityProviderClient,
  stack: StackEnv,
  groups: readonly string[] = [],
): Promise<MadeUser> {
  const { COGNITO_USER_POOL_ID: UserPoolId } = stack;
  const email = newEmail('person');
  const password = 'Correct-horse-42';
  const { User: user } = await pool.send(
    new AdminCreateUserCommand({
      UserPoolId,
      Username: email,
      MessageAction: 'SUPPRESS',
      UserAttributes: [
        { Name: 'email', Value: email },
        { Name: 'email_verified', Value: 'true' },
      ],
    }),
  );
  await pool.send(
    new AdminSetUserPasswordCommand({
      UserPoolId,
      Username: email,
      Password: password,
      Permanent: true,
    }),
  );
  for (const group of groups) await addToGroup(pool, UserPoolId, email, group);
  const sub = user?.Attributes?.find(({ Name }) => Name === 'sub')?.Value ?? '';
  return { email, password, sub };
}

/** An access token of the user. */
export async function accessToken(
  pool: CognitoIdentityProviderClient,
  stack: StackEnv,
  { email, password }: MadeUser,
): Promise<string> {
  const { AuthenticationResult: result } = await pool.send(
    new InitiateAuthCommand({
      ClientId: stack.COGNITO_CLIENT_ID,
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: email, PASSWORD: password },
    }),
  );
  return result?.AccessToken ?? '';
}
