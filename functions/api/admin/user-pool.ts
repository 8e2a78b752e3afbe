/** The user pool, with the rights of an administrator. */
import type {
  AttributeType,
  CognitoIdentityProviderClientConfig,
} from '@aws-sdk/client-cognito-identity-provider';

export interface PoolUser {
  readonly username: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly createdAt: Date | undefined;
  readonly status: string | undefined;
}

const recordOf = (attributes: readonly AttributeType[] = []): Record<string, string> =>
  Object.fromEntries(attributes.map(({ Name = '', Value = '' }) => [Name, Value]));

/** Cognito filters by text in quotes. Source of the escapes: Cognito API reference, ListUsers, Filter. */
const quoted = (text: string): string =>
  `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;

export type UserPool = Awaited<ReturnType<typeof userPool>>;

/**
 * Every error of Cognito rejects. A throttled call is repeated by the SDK within its attempts.
 *
 * The SDK is loaded here, with the first change, because it takes longer to load than everything else.
 */
export async function userPool(
  UserPoolId: string,
  config: CognitoIdentityProviderClientConfig = {},
) {
  const sdk = await import('@aws-sdk/client-cognito-identity-provider');
  const client = new sdk.CognitoIdentityProviderClient({ maxAttempts: 3, ...config });
  const named = (Username: string) => ({ UserPoolId, Username });
  return {
    /** The username of a person, who may come from an identity provider. Undefined if there is no such person. */
    usernameOf: async (sub: string): Promise<string | undefined> => {
      const filter = { UserPoolId, Filter: `sub = ${quoted(sub)}`, Limit: 1 };
      const { Users: [user] = [] } = await client.send(new sdk.ListUsersCommand(filter));
      return user?.Username;
    },
    get: async (username: string): Promise<PoolUser> => {
      const user = await client.send(new sdk.AdminGetUserCommand(named(username)));
      return {
        username: user.Username ?? username,
        attributes: recordOf(user.UserAttributes),
        createdAt: user.UserCreateDate,
        status: user.UserStatus,
      };
    },
    create: async (email: string, invite: boolean): Promise<PoolUser> => {
      const { User: user } = await client.send(
        new sdk.AdminCreateUserCommand({
          ...named(email),
          UserAttributes: [
            { Name: 'email', Value: email },
            // An administrator says whose address it is, and the invitation goes there.
            { Name: 'email_verified', Value: 'true' },
          ],
          ...(invite ? { DesiredDeliveryMediums: ['EMAIL'] } : { MessageAction: 'SUPPRESS' }),
        }),
      );
      return {
        username: user?.Username ?? email,
        attributes: recordOf(user?.Attributes),
        createdAt: user?.UserCreateDate,
        status: user?.UserStatus,
      };
    },
    delete: (username: string) => client.send(new sdk.AdminDeleteUserCommand(named(username))),
    disable: (username: string) => client.send(new sdk.AdminDisableUserCommand(named(username))),
    enable: (username: string) => client.send(new sdk.AdminEnableUserCommand(named(username))),
    signOut: (username: string) =>
      client.send(new sdk.AdminUserGlobalSignOutCommand(named(username))),
    resetPassword: (username: string) =>
      client.send(new sdk.AdminResetUserPasswordCommand(named(username))),
    /** @throws ResourceNotFoundException if there is no such group */
    getGroup: (GroupName: string) =>
      client.send(new sdk.GetGroupCommand({ UserPoolId, GroupName })),
    addToGroup: (username: string, GroupName: string) =>
      client.send(new sdk.AdminAddUserToGroupCommand({ ...named(username), GroupName })),
    removeFromGroup: (username: string, GroupName: string) =>
      client.send(new sdk.AdminRemoveUserFromGroupCommand({ ...named(username), GroupName })),
    /** All groups of a person: at most 100, as Cognito allows. */
    groupsOf: async (username: string): Promise<readonly string[]> => {
      const groups: string[] = [];
      let NextToken: string | undefined;
      do {
        const page = await client.send(
          new sdk.AdminListGroupsForUserCommand({ ...named(username), Limit: 60, NextToken }),
        );
        groups.push(...(page.Groups ?? []).flatMap(({ GroupName }) => GroupName ?? []));
        NextToken = page.NextToken;
      } while (NextToken !== undefined);
      return groups;
    },
  };
}
