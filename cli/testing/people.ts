/** People of the stack's user pool. */
import {
  AdminAddUserToGroupCommand,
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
  CreateGroupCommand,
  InitiateAuthCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import type { StackEnv } from '@cognito-supabase/contract/settings';
import { createClient, type SupabaseClient } from '@supabase/supabase-js';

/** Rows are `any` without a type of the schema, as in supabase-js. */
// biome-ignore lint/suspicious/noExplicitAny: the default of supabase-js
export type AnyDatabase = any;

export interface Person<Database = AnyDatabase> {
  readonly name: string;
  readonly email: string;
  /** Of the local pool alone. */
  readonly password: string;
  readonly sub: string;
  /** Of the access token. */
  readonly claims: Readonly<Record<string, unknown>>;
  readonly accessToken: string;
  readonly idToken: string;
  /** Sends the access token with each request. */
  readonly supabase: SupabaseClient<Database>;
}

export interface SignInOptions {
  /** Made if they are not there. @default - none */
  readonly groups?: readonly string[];
}

const PASSWORD = 'Only-for-this-test-1';

const isNamed = (error: unknown, name: string): boolean =>
  error instanceof Error && error.name === name;

/** Does nothing where it is there already. */
async function unless(name: string, work: Promise<unknown>): Promise<void> {
  await work.catch((error: unknown) => {
    if (!isNamed(error, name)) throw error;
  });
}

const claimsOf = (token: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));

export class People {
  readonly #env: StackEnv;
  readonly #pool: CognitoIdentityProviderClient;
  /** Person → gives the token to their client. */
  readonly #clients = new WeakMap<object, (accessToken: string) => void>();

  constructor(env: StackEnv) {
    this.#env = env;
    this.#pool = new CognitoIdentityProviderClient({
      endpoint: env.COGNITO_ENDPOINT,
      region: env.COGNITO_REGION,
      // The emulator does not check whose signature it is.
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    });
  }

  async #make(email: string, groups: readonly string[]): Promise<void> {
    const { COGNITO_USER_POOL_ID: UserPoolId } = this.#env;
    const user = { UserPoolId, Username: email };
    const UserAttributes = [
      { Name: 'email', Value: email },
      { Name: 'email_verified', Value: 'true' },
    ];
    const creation = new AdminCreateUserCommand({
      ...user,
      UserAttributes,
      MessageAction: 'SUPPRESS',
    });
    await unless('UsernameExistsException', this.#pool.send(creation));
    await this.#pool.send(
      new AdminSetUserPasswordCommand({ ...user, Password: PASSWORD, Permanent: true }),
    );
    for (const GroupName of groups) {
      await unless(
        'GroupExistsException',
        this.#pool.send(new CreateGroupCommand({ UserPoolId, GroupName })),
      );
      await this.#pool.send(new AdminAddUserToGroupCommand({ ...user, GroupName }));
    }
  }

  /** Makes the person if there is none of the name, and signs in. */
  async signIn<Database>(name: string, { groups = [] }: SignInOptions): Promise<Person<Database>> {
    // Not the domain of the stack's demo users.
    const email = `${name}@people.example`;
    await this.#make(email, groups);
    const { AuthenticationResult: result } = await this.#pool.send(
      new InitiateAuthCommand({
        ClientId: this.#env.COGNITO_CLIENT_ID,
        AuthFlow: 'USER_PASSWORD_AUTH',
        AuthParameters: { USERNAME: email, PASSWORD },
      }),
    );
    const { AccessToken = '', IdToken: idToken = '' } = result ?? {};
    const { SUPABASE_URL, SUPABASE_PUBLISHABLE_KEY } = this.#env;
    let token = AccessToken;
    const person: Person<Database> = {
      ...{ name, email, password: PASSWORD, idToken },
      sub: String(claimsOf(AccessToken).sub),
      get accessToken() {
        return token;
      },
      get claims() {
        return claimsOf(token);
      },
      supabase: createClient<Database>(SUPABASE_URL, SUPABASE_PUBLISHABLE_KEY, {
        accessToken: async () => token,
      }) as unknown as SupabaseClient<Database>,
    };
    this.#clients.set(person, (accessToken) => {
      token = accessToken;
    });
    return person;
  }

  /** From now on the person sends this token. */
  replaceToken(person: object, accessToken: string): void {
    this.#clients.get(person)?.(accessToken);
  }

  close(): void {
    this.#pool.destroy();
  }
}
