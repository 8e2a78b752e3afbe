/** Reads what is there before the first change. */
import { randomUUID } from 'node:crypto';
import type { Before } from './record.ts';
import { readExtensions } from './steps/extensions.ts';
import { readPreRequest } from './steps/pre-request.ts';
import { readSchedules } from './steps/schedules.ts';
import { readThirdPartyAuth } from './steps/third-party-auth.ts';
import { readTrust } from './steps/trust.ts';
import { readIsConnected } from './steps/users-table.ts';
import { readVaultNames } from './steps/vault.ts';
import { installedModules, type World } from './world.ts';

/** Those of another project, whose database was copied, are not given back. */
async function readSecretsAndTrust({ db, copied }: World) {
  const trust = await readTrust(db);
  if (copied.length > 0) return { vault: [], isConnected: false, trust: trust && [] };
  return { vault: [...(await readVaultNames(db))], isConnected: await readIsConnected(db), trust };
}

export async function takeSnapshot(world: World): Promise<Before> {
  const { api, db, stage } = world;
  return {
    version: 1,
    connection: randomUUID(),
    revision: 0,
    isKept: false,
    isFirstHand: true,
    stage,
    project: api.ref,
    thirdPartyAuth: await readThirdPartyAuth(world),
    auth: await api.authSettings(),
    exposedSchemas: await api.exposedSchemas(),
    exposedSchemasSet: null,
    extensions: [...(await readExtensions(db))],
    modules: [...(await installedModules(world))],
    ...(await readSecretsAndTrust(world)),
    vaultSet: [],
    preRequest: (await readPreRequest(db))?.name ?? null,
    schedules: [...(await readSchedules(db))],
    madeKeys: [],
    issuers: [],
    outputs: {},
    making: null,
    directoryPool: world.poolAtStart ?? null,
    envFiles: [],
  };
}
