/** App clients, one for each kind of program, because a token names its client. */
import { Duration, type RemovalPolicy } from 'aws-cdk-lib';
import {
  ClientAttributes,
  type IUserPool,
  OAuthScope,
  ResourceServerScope,
  UserPoolClient,
  UserPoolClientIdentityProvider,
  type UserPoolClientOptions,
} from 'aws-cdk-lib/aws-cognito';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import type {
  ClientsSettings,
  MachineClientSettings,
  PublicClientSettings,
  RedirectSettings,
  ServerClientSettings,
} from '../../config/settings.ts';
import { ClientSecret } from './client-secret.ts';

/** Attributes that people may write. Custom ones only if a provider fills them at sign-in. */
const WRITABLE = {
  address: true,
  birthdate: true,
  email: true,
  familyName: true,
  fullname: true,
  gender: true,
  givenName: true,
  lastUpdateTime: true,
  locale: true,
  middleName: true,
  nickname: true,
  phoneNumber: true,
  preferredUsername: true,
  profilePage: true,
  profilePicture: true,
  timezone: true,
  website: true,
};

const SCOPES = [OAuthScope.OPENID, OAuthScope.EMAIL, OAuthScope.PROFILE];

export interface AppClientsProps {
  readonly pool: IUserPool;
  readonly clients: ClientsSettings;
  /** Names of the providers that people may sign in with. @default - Cognito only */
  readonly providers?: readonly string[];
  /** Custom attributes that providers fill, without `custom:`. @default - none */
  readonly federatedAttributes?: readonly string[];
  /** Sign-in with a choice of factor, which passkeys need. @default - false */
  readonly passkeys?: boolean;
  /** Sign-in by a custom challenge. @default - false */
  readonly signInCodes?: boolean;
  /** Sign-in with the password itself, which the migration of users needs. @default - false */
  readonly sendsPasswords?: boolean;
  /** Each refresh gives a new refresh token. Plan LITE does not have this. @default - true */
  readonly rotateRefreshTokens?: boolean;
  /** Prefix of client secrets in Secrets Manager: `PREFIX/server-client`. @default - cognito-supabase */
  readonly secretPrefix?: string;
  /** Removal policy of those secrets. @default - they are kept */
  readonly removalPolicy?: RemovalPolicy;
  /** @default - a key of AWS */
  readonly encryptionKey?: IKey;
}

/**
 * The app clients of a pool. None has the implicit flow, a wildcard, or answers that reveal whether an
 * account exists.
 *
 * @example new AppClients(this, 'Clients', { pool, clients: { web: { callbackUrls, logoutUrls } } });
 */
export class AppClients extends Construct {
  readonly web: UserPoolClient;
  readonly mobile: UserPoolClient | undefined;
  readonly server: UserPoolClient | undefined;
  readonly machine: UserPoolClient | undefined;
  readonly serverSecret: ClientSecret | undefined;
  readonly machineSecret: ClientSecret | undefined;
  readonly #props: AppClientsProps;

  constructor(scope: Construct, id: string, props: AppClientsProps) {
    super(scope, id);
    this.#props = props;
    const { web, mobile, server, machine } = props.clients;
    this.web = this.addPublic('Web', web);
    this.mobile = mobile && this.addPublic('Mobile', mobile);
    this.server = server && this.addServer(server);
    this.machine = machine && this.addMachine(machine);
    this.serverSecret = this.server && this.keep('ServerSecret', this.server, 'server-client');
    this.machineSecret = this.machine && this.keep('MachineSecret', this.machine, 'machine-client');
  }

  /** Clients that people sign in with. */
  get forPeople(): readonly UserPoolClient[] {
    return [this.web, this.mobile, this.server].filter((client) => client !== undefined);
  }

  private addPublic(id: string, settings: PublicClientSettings) {
    const lifetime = Duration.minutes(settings.tokenMinutes ?? 60);
    return this.addForPeople(id, settings, {
      generateSecret: false,
      accessTokenValidity: lifetime,
      idTokenValidity: lifetime,
      refreshTokenValidity: Duration.days(settings.refreshDays ?? 30),
      // 10 s, because two tabs, or a repeated request, may still use the old token.
      ...((this.#props.rotateRefreshTokens ?? true) && {
        refreshTokenRotationGracePeriod: Duration.seconds(10),
      }),
    });
  }

  private addServer(settings: ServerClientSettings) {
    return this.addForPeople('Server', settings, { generateSecret: true }, settings);
  }

  private addForPeople(
    id: string,
    urls: RedirectSettings,
    options: UserPoolClientOptions,
    { adminPasswordFlow = false }: Pick<ServerClientSettings, 'adminPasswordFlow'> = {},
  ) {
    const { pool, providers = [], federatedAttributes = [], passkeys = false } = this.#props;
    const { signInCodes = false, sendsPasswords = false } = this.#props;
    return new UserPoolClient(this, id, {
      userPool: pool,
      preventUserExistenceErrors: true,
      enableTokenRevocation: true,
      authFlows: {
        userSrp: true,
        ...(passkeys && { user: true }),
        ...(signInCodes && { custom: true }),
        ...(sendsPasswords && { userPassword: true }),
        ...(adminPasswordFlow && { adminUserPassword: true }),
      },
      oAuth: {
        flows: { authorizationCodeGrant: true, implicitCodeGrant: false },
        // The last scope lets people change their own password, second factor and attributes.
        scopes: [...SCOPES, OAuthScope.COGNITO_ADMIN],
        callbackUrls: [...urls.callbackUrls],
        logoutUrls: [...urls.logoutUrls],
      },
      supportedIdentityProviders: ['COGNITO', ...providers].map((name) =>
        UserPoolClientIdentityProvider.custom(name),
      ),
      writeAttributes: new ClientAttributes()
        .withStandardAttributes(WRITABLE)
        .withCustomAttributes(...federatedAttributes),
      ...options,
    });
  }

  private addMachine({ resourceServer, scopes }: MachineClientSettings) {
    const scopeList = Object.entries(scopes).map(
      ([scopeName, scopeDescription]) => new ResourceServerScope({ scopeName, scopeDescription }),
    );
    const server = this.#props.pool.addResourceServer('ResourceServer', {
      identifier: resourceServer,
      // The default name is the identifier, but a name cannot be a URL.
      userPoolResourceServerName: 'machine',
      scopes: scopeList,
    });
    return new UserPoolClient(this, 'Machine', {
      userPool: this.#props.pool,
      generateSecret: true,
      preventUserExistenceErrors: true,
      enableTokenRevocation: true,
      accessTokenValidity: Duration.minutes(60),
      // Explicit, because by default Cognito lets people sign in with this client.
      authFlows: { userSrp: false },
      supportedIdentityProviders: [UserPoolClientIdentityProvider.COGNITO],
      oAuth: {
        flows: { clientCredentials: true },
        scopes: scopeList.map((scope) => OAuthScope.resourceServer(server, scope)),
      },
    });
  }

  private keep(id: string, client: UserPoolClient, name: string) {
    const { secretPrefix = 'cognito-supabase', removalPolicy, encryptionKey } = this.#props;
    return new ClientSecret(this, id, {
      client,
      secretName: `${secretPrefix}/${name}`,
      ...(removalPolicy && { removalPolicy }),
      ...(encryptionKey && { encryptionKey }),
    });
  }
}
