/** What pre-sign-up asks the user pool: who has an address, and to link an account. */
import type {
  CognitoIdentityProviderClient,
  UserType,
} from '@aws-sdk/client-cognito-identity-provider';
import type { PoolUser } from './linking.ts';

export interface Link {
  readonly username: string;
  readonly provider: string;
  /** Of the person at the provider. */
  readonly subject: string;
}

export interface SignUpPool {
  /** Users of the pool that have this address, verified or not. */
  findByEmail(userPoolId: string, email: string): Promise<readonly PoolUser[]>;
  link(userPoolId: string, link: Link): Promise<void>;
}

function toPoolUser({ Username, Attributes, Enabled, UserStatus }: UserType): PoolUser {
  const attributes = new Map(Attributes?.map(({ Name, Value }) => [Name, Value]));
  return {
    username: Username ?? '',
    email: attributes.get('email'),
    isEmailVerified: attributes.get('email_verified') === 'true',
    isEnabled: Enabled !== false,
    status: UserStatus ?? '',
  };
}

/** Source of the escapes: Cognito API reference, ListUsers, Filter. */
const filterOf = (email: string): string =>
  `email = "${email.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;

/** Loaded with the first question, because the SDK takes longer to load than everything else. */
const loadSdk = () => import('@aws-sdk/client-cognito-identity-provider');

/** A client for the trigger: Cognito waits 5 s for all of it. */
async function makeClient(): Promise<CognitoIdentityProviderClient> {
  const { CognitoIdentityProviderClient: Client } = await loadSdk();
  return new Client({ maxAttempts: 2 });
}

/**
 * Every error of Cognito rejects, so that a sign-up that could not be checked is refused.
 *
 * @param given @default - a client of the function's region
 */
export function signUpPool(given?: CognitoIdentityProviderClient): SignUpPool {
  let made: Promise<CognitoIdentityProviderClient> | undefined;
  const send: CognitoIdentityProviderClient['send'] = async (...call: [never]) => {
    made ??= given ? Promise.resolve(given) : makeClient();
    return (await made).send(...call);
  };
  const list = async (UserPoolId: string, email: string) => {
    const { ListUsersCommand } = await loadSdk();
    const { Users = [] } = await send(
      new ListUsersCommand({ UserPoolId, Filter: filterOf(email) }),
    );
    return Users.map(toPoolUser);
  };
  return {
    // The filter distinguishes capitals, and a pool may have the address in either form.
    findByEmail: async (userPoolId, email) => {
      const forms = [...new Set([email, email.toLowerCase()])];
      const found = (await Promise.all(forms.map((form) => list(userPoolId, form)))).flat();
      return [...new Map(found.map((user) => [user.username, user])).values()];
    },
    link: async (UserPoolId, { username, provider, subject }) => {
      const { AdminLinkProviderForUserCommand } = await loadSdk();
      await send(
        new AdminLinkProviderForUserCommand({
          UserPoolId,
          DestinationUser: { ProviderName: 'Cognito', ProviderAttributeValue: username },
          SourceUser: {
            ProviderName: provider,
            ProviderAttributeName: 'Cognito_Subject',
            ProviderAttributeValue: subject,
          },
        }),
      );
    },
  };
}
