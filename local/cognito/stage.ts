/**
 * Gives the emulator the pool settings, app clients, scopes and groups of a stage of infra/config, so that an app
 * sees the same as after the deployment. It uses the operations of the AWS API, as any other program would.
 */
import type {
  CreateUserPoolClientCommandInput,
  ExplicitAuthFlowsType,
  UserPoolClientDescription,
  UserPoolClientType,
} from '@aws-sdk/client-cognito-identity-provider';
import type {
  ClientsSettings,
  MachineClientSettings,
  PublicClientSettings,
  RedirectSettings,
  ServerClientSettings,
  StageSettings,
} from '../../infra/config/settings.ts';
import { isCognitoError, type RunningCognito } from './server.ts';
import { applyPool } from './stage-pool.ts';

type Settings = Omit<CreateUserPoolClientCommandInput, 'UserPoolId' | 'ClientName'>;
type Emulator = Pick<RunningCognito, 'call' | 'userPoolId' | 'clientId'>;

/** Scopes of people. The last one lets them change their own password, second factor and attributes. */
const SCOPES = ['openid', 'email', 'profile', 'aws.cognito.signin.user.admin'];

const COMMON = { PreventUserExistenceErrors: 'ENABLED', EnableTokenRevocation: true } as const;

/** What the pool of the stage decides for its clients. */
interface Traits {
  /** Plan LITE has no rotation of refresh tokens. */
  readonly rotates: boolean;
  /** Passkeys need the sign-in with a choice of factor. */
  readonly chooses: boolean;
  /** One-time codes by mail are a custom challenge. */
  readonly hasCodes: boolean;
  /** The migration of users needs the password itself. */
  readonly sendsPasswords: boolean;
}

const REFRESH = 'ALLOW_REFRESH_TOKEN_AUTH';

const forPeople = (
  { callbackUrls, logoutUrls }: RedirectSettings,
  { chooses, hasCodes, sendsPasswords }: Traits,
) => ({
  ...COMMON,
  AllowedOAuthFlowsUserPoolClient: true,
  AllowedOAuthFlows: ['code' as const],
  AllowedOAuthScopes: SCOPES,
  CallbackURLs: [...callbackUrls],
  LogoutURLs: [...logoutUrls],
  SupportedIdentityProviders: ['COGNITO'],
  ExplicitAuthFlows: [
    'ALLOW_USER_SRP_AUTH' as ExplicitAuthFlowsType,
    ...(chooses ? ['ALLOW_USER_AUTH' as const] : []),
    ...(hasCodes ? ['ALLOW_CUSTOM_AUTH' as const] : []),
    ...(sendsPasswords ? ['ALLOW_USER_PASSWORD_AUTH' as const] : []),
  ],
});

function publicClient(settings: PublicClientSettings, traits: Traits): Settings {
  const base = forPeople(settings, traits);
  return {
    ...base,
    AccessTokenValidity: settings.tokenMinutes ?? 60,
    IdTokenValidity: settings.tokenMinutes ?? 60,
    RefreshTokenValidity: settings.refreshDays ?? 30,
    TokenValidityUnits: { AccessToken: 'minutes', IdToken: 'minutes', RefreshToken: 'days' },
    ...(traits.rotates
      ? { RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 10 } }
      : { ExplicitAuthFlows: [...base.ExplicitAuthFlows, REFRESH] }),
  };
}

function serverClient(settings: ServerClientSettings, traits: Traits): Settings {
  const base = forPeople(settings, traits);
  const admin = settings.adminPasswordFlow ? ['ALLOW_ADMIN_USER_PASSWORD_AUTH' as const] : [];
  const ExplicitAuthFlows = [...base.ExplicitAuthFlows, ...admin, REFRESH as typeof REFRESH];
  return { ...base, GenerateSecret: true, ExplicitAuthFlows };
}

const machineClient = ({ resourceServer, scopes }: MachineClientSettings): Settings => ({
  ...COMMON,
  GenerateSecret: true,
  ExplicitAuthFlows: [REFRESH],
  AccessTokenValidity: 60,
  TokenValidityUnits: { AccessToken: 'minutes' },
  AllowedOAuthFlowsUserPoolClient: true,
  AllowedOAuthFlows: ['client_credentials'],
  AllowedOAuthScopes: Object.keys(scopes).map((scope) => `${resourceServer}/${scope}`),
  SupportedIdentityProviders: ['COGNITO'],
});

/** The clients of a stage, by name. */
function clientsOf(
  { web, mobile, server, machine }: ClientsSettings,
  traits: Traits,
): ReadonlyMap<string, Settings> {
  const clients = new Map([['web', publicClient(web, traits)]]);
  if (mobile) clients.set('mobile', publicClient(mobile, traits));
  if (server) clients.set('server', serverClient(server, traits));
  if (machine) clients.set('machine', machineClient(machine));
  return clients;
}

/**
 * Sets the pool, makes the clients, the resource server and the groups, or changes them to what the settings say. `web` is the
 * client that the emulator has made.
 *
 * @returns the clients by name, with their secrets.
 */
export async function applyStage(
  emulator: Emulator,
  settings: StageSettings,
): Promise<ReadonlyMap<string, UserPoolClientType>> {
  const { clients, pool } = settings;
  if (clients === undefined || 'existingId' in pool)
    throw new TypeError('The stage uses a pool of its own that exists on AWS.');
  const UserPoolId = emulator.userPoolId;
  await applyPool(emulator, pool);
  if (clients.machine) await saveResourceServer(emulator, clients.machine);
  for (const [Precedence, { name, description }] of (pool.groups ?? []).entries())
    await upsert(emulator, 'GroupExistsException', ['CreateGroup', 'UpdateGroup'], {
      ...{ UserPoolId, GroupName: name, Precedence },
      ...(description && { Description: description }),
    });
  const answer = await emulator.call('ListUserPoolClients', { UserPoolId, MaxResults: 60 });
  const known = answer.UserPoolClients as readonly UserPoolClientDescription[];
  const traits = {
    rotates: pool.plan !== 'LITE',
    chooses: pool.passkeys !== undefined,
    hasCodes: settings.messages?.signInCodes === true,
    sendsPasswords: settings.migration !== undefined,
  };
  const made = new Map<string, UserPoolClientType>();
  for (const [ClientName, wanted] of clientsOf(clients, traits)) {
    const found = known.find((client) => client.ClientName === ClientName)?.ClientId;
    const ClientId = ClientName === 'web' ? emulator.clientId : found;
    const { GenerateSecret, ...changes } = wanted;
    const { UserPoolClient } =
      ClientId === undefined
        ? await emulator.call('CreateUserPoolClient', { UserPoolId, ClientName, ...wanted })
        : await emulator.call('UpdateUserPoolClient', { UserPoolId, ClientId, ...changes });
    made.set(ClientName, UserPoolClient as UserPoolClientType);
  }
  return made;
}

const saveResourceServer = (
  emulator: Emulator,
  { resourceServer, scopes }: MachineClientSettings,
): Promise<void> =>
  upsert(emulator, 'InvalidParameterException', ['CreateResourceServer', 'UpdateResourceServer'], {
    UserPoolId: emulator.userPoolId,
    Identifier: resourceServer,
    Name: 'machine',
    Scopes: Object.entries(scopes).map(([ScopeName, ScopeDescription]) => ({
      ScopeName,
      ScopeDescription,
    })),
  });

/** Creates, or updates what `exists` says is there. */
async function upsert(
  { call }: Emulator,
  exists: string,
  [create, update]: readonly [string, string],
  input: object,
): Promise<void> {
  try {
    await call(create, input);
  } catch (error) {
    if (!isCognitoError(error, exists)) throw error;
    await call(update, input);
  }
}
