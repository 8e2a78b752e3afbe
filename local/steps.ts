/** Steps that the embedded stack and the stack on Docker share. */
import path from 'node:path';
import type { StackEnv } from '@cognito-supabase/contract/settings';
import { localParts } from './api/parts.ts';
import { startApi } from './api/server.ts';
import { seedMachines } from './cognito/machines.ts';
import { seedGroups, seedUsers } from './cognito/seed.ts';
import { type RunningCognito, startCognito } from './cognito/server.ts';
import { DEMO_USERS } from './demo-users.ts';
import type { Ports } from './ports.ts';
import { printable } from './printable.ts';
import { step } from './progress.ts';
import { type MachineAccess, type ProjectConfig, preTokenOf } from './project-config.ts';
import type { Stops } from './stopping.ts';
import { eventQueueFor, localTriggers, type ServiceAccess } from './triggers/triggers.ts';

/** A region that AWS does not have, so that tokens of the stack differ from real ones. */
const REGION = 'local-1';
const USER_POOL_ID = 'local-1_CognitoKit';

/** Settings of the pool in stack.env. */
export type PoolEnv = Omit<StackEnv, `SUPABASE_${string}` | 'WEB_URL' | 'API_URL'>;

export const address = (port: number): string => `http://127.0.0.1:${port}`;

/** Settings of the emulator in stack.env. */
export function emulatorOf(clientId: string, { cognito }: Ports): PoolEnv {
  const endpoint = address(cognito);
  return {
    COGNITO_ENDPOINT: endpoint,
    COGNITO_ISSUER: `${endpoint}/${USER_POOL_ID}`,
    COGNITO_REGION: REGION,
    COGNITO_USER_POOL_ID: USER_POOL_ID,
    COGNITO_CLIENT_ID: clientId,
  };
}

export interface UserPoolOptions {
  readonly dir: string;
  readonly env: PoolEnv;
  readonly origins: readonly string[];
  /** How the triggers reach the database, once it is known. */
  readonly access: () => ServiceAccess | undefined;
  /** People, groups, machines and the pre-token trigger. */
  readonly project: ProjectConfig;
}

export interface RunningStack {
  readonly env: StackEnv;
  readonly machines: readonly MachineAccess[];
}

/** A user pool that runs. */
export interface UserPool {
  readonly cognito: RunningCognito;
  readonly machines: readonly MachineAccess[];
}

/** The emulator, with the triggers of functions/ and the people and machines of the project in it. */
export function startUserPool(
  { dir, env, origins, access, project }: UserPoolOptions,
  stops: Stops,
): Promise<UserPool> {
  return step('Cognito, people', async () => {
    let pool: RunningCognito | undefined;
    const preToken = preTokenOf(project);
    const { triggers, queue } = localTriggers({ access, deliver: (mail) => pool?.deliver(mail) });
    stops.push(async () => queue.close());
    const cognito = await startCognito({
      dataDir: path.join(dir, 'cognito'),
      port: Number(new URL(env.COGNITO_ENDPOINT).port),
      region: REGION,
      userPoolId: USER_POOL_ID,
      clientId: env.COGNITO_CLIENT_ID,
      allowedOrigins: origins,
      triggers,
      ...(preToken && { preToken }),
      onMessage: ({ to, kind, code }) =>
        console.log(`  mail to ${printable(to)} (${kind}): ${code}`),
    });
    pool = cognito;
    stops.push(() => cognito.close());
    await seedGroups(cognito, project.groups ?? []);
    await seedUsers(cognito, project.people ?? DEMO_USERS);
    return { cognito, machines: await seedMachines(cognito, project.machines ?? []) };
  });
}

/** The HTTP API of functions/, for tokens of the stack's client. */
export async function startHttpApi(
  env: StackEnv,
  origins: readonly string[],
  stops: Stops,
): Promise<void> {
  const access = { url: env.SUPABASE_URL, secretKey: env.SUPABASE_SECRET_KEY };
  const queue = eventQueueFor(() => access);
  stops.push(async () => queue.close());
  const api = await startApi({
    port: Number(new URL(env.API_URL).port),
    origins,
    issuer: env.COGNITO_ISSUER,
    clientIds: [env.COGNITO_CLIENT_ID],
    parts: localParts(env, queue.enqueue),
  });
  stops.push(() => api.close());
}

/**
 * The variables that `[db.vault]` of config.toml names, for the emulator.
 *
 * @param endpoint the emulator's address as Postgres sees it.
 */
export const vaultOf = (env: PoolEnv, endpoint = env.COGNITO_ENDPOINT) => ({
  // The emulator needs no credentials, but the server of Wrappers requires some.
  COGNITO_READER_ACCESS_KEY_ID: 'local',
  COGNITO_READER_SECRET_ACCESS_KEY: 'local',
  COGNITO_REGION: env.COGNITO_REGION,
  COGNITO_USER_POOL_ID: env.COGNITO_USER_POOL_ID,
  COGNITO_ENDPOINT_URL: endpoint,
});
