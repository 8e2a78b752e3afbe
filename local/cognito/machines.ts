/** App clients of programs in the local pool: client credentials. */
import type {
  ResourceServerType,
  UserPoolClientDescription,
  UserPoolClientType,
} from '@aws-sdk/client-cognito-identity-provider';
import type { LocalMachine, MachineAccess } from '../project-config.ts';
import { isCognitoError, type RunningCognito } from './server.ts';

type Emulator = Pick<RunningCognito, 'call' | 'userPoolId' | 'endpoint'>;

/** Resource server → its scopes. */
function serversOf(machines: readonly LocalMachine[]): ReadonlyMap<string, ReadonlySet<string>> {
  const servers = new Map<string, Set<string>>();
  for (const name of machines.flatMap(({ scopes }) => scopes)) {
    const [server = '', scope = ''] = name.split('/');
    servers.set(server, (servers.get(server) ?? new Set()).add(scope));
  }
  return servers;
}

/** Makes the server, or adds the scopes that it does not have. */
async function saveServer(
  { call, userPoolId: UserPoolId }: Emulator,
  Identifier: string,
  names: ReadonlySet<string>,
): Promise<void> {
  const found = await call('DescribeResourceServer', { UserPoolId, Identifier }).catch((error) => {
    if (isCognitoError(error, 'ResourceNotFoundException')) return undefined;
    throw error;
  });
  const before = (found?.ResourceServer as ResourceServerType | undefined)?.Scopes ?? [];
  const missing = [...names].filter((name) => !before.some(({ ScopeName }) => ScopeName === name));
  const Scopes = [
    ...before,
    ...missing.map((ScopeName) => ({ ScopeName, ScopeDescription: ScopeName })),
  ];
  await call(found === undefined ? 'CreateResourceServer' : 'UpdateResourceServer', {
    ...{ UserPoolId, Identifier, Name: Identifier, Scopes },
  });
}

/** Makes the clients with their scopes. A client that is there keeps its secret, and gets the scopes of now. */
export async function seedMachines(
  emulator: Emulator,
  machines: readonly LocalMachine[],
): Promise<readonly MachineAccess[]> {
  const { call, userPoolId: UserPoolId, endpoint } = emulator;
  for (const [server, scopes] of serversOf(machines)) await saveServer(emulator, server, scopes);
  const answer = await call('ListUserPoolClients', { UserPoolId, MaxResults: 60 });
  const known = answer.UserPoolClients as readonly UserPoolClientDescription[];
  const made: MachineAccess[] = [];
  for (const { name, scopes, appRole } of machines) {
    const ClientId = known.find(({ ClientName }) => ClientName === name)?.ClientId;
    const settings = {
      UserPoolId,
      AllowedOAuthFlowsUserPoolClient: true,
      AllowedOAuthFlows: ['client_credentials'],
      AllowedOAuthScopes: [...scopes],
    };
    const { UserPoolClient } = await (ClientId === undefined
      ? call('CreateUserPoolClient', { ...settings, ClientName: name, GenerateSecret: true })
      : call('UpdateUserPoolClient', { ...settings, ClientId }));
    const client = UserPoolClient as UserPoolClientType;
    made.push({
      name,
      clientId: client.ClientId ?? '',
      clientSecret: client.ClientSecret ?? '',
      tokenEndpoint: `${endpoint}/oauth2/token`,
      scopes,
      ...(appRole && { appRole }),
    });
  }
  return made;
}
