/** Opens the pool's folder with cognito-local's services, and makes pool and client where missing. */
import { Router as baseRouter, type Router } from 'cognito-local/lib/server/Router.js';
import type { AppClient } from 'cognito-local/lib/services/appClient.js';
import { DateClock } from 'cognito-local/lib/services/clock.js';
import {
  type CognitoService,
  CognitoServiceFactoryImpl,
} from 'cognito-local/lib/services/cognitoService.js';
import type { Context } from 'cognito-local/lib/services/context.js';
import type { Services } from 'cognito-local/lib/services/index.js';
import type { LogService } from 'cognito-local/lib/services/LogService.js';
import type { UserPool } from 'cognito-local/lib/services/userPoolService.js';
import type { JsonStore, JsonStoreFactory } from './data-store.ts';
import { LocalUserPool, LocalUserPoolFactory } from './user-pool.ts';

export interface PoolPlace {
  readonly region: string;
  readonly userPoolId: string;
  readonly clientId: string;
  readonly warn: (line: string) => void;
}

export interface OpenedPool {
  readonly ctx: Context;
  readonly cognito: CognitoService;
  readonly base: Router;
  readonly pool: LocalUserPool;
  readonly sessionStore: JsonStore;
}

/** @throws KitError `DATA_DIR_UNREADABLE` where a file is damaged. */
export async function openPool(place: PoolPlace, stores: JsonStoreFactory): Promise<OpenedPool> {
  // cognito-local takes every JSON file of its folder for a pool: the sessions have one of their own.
  const folder = await stores.makeFolder('pools');
  const ctx = { logger: quietLogger(place.warn) };
  const clock = new DateClock();
  const factory = new LocalUserPoolFactory(clock, stores);
  const cognito = await new CognitoServiceFactoryImpl(folder, stores, factory).create(ctx, {});
  const pool = await findOrMakePool(ctx, cognito, place);
  await makeClient(ctx, pool, { cognito, place });
  const sessionStore = await stores.open(await stores.makeFolder('sessions'), 'sessions');
  await stores.flushed();
  return { ctx, cognito, base: baseRouter(baseServices(cognito)), pool, sessionStore };
}

async function findOrMakePool(ctx: Context, cognito: CognitoService, place: PoolPlace) {
  const pools = await cognito.listUserPools(ctx);
  if (!pools.some(({ Id }) => Id === place.userPoolId))
    await cognito.createUserPool(ctx, newPool(place));
  const pool = await cognito.getUserPool(ctx, place.userPoolId);
  if (!(pool instanceof LocalUserPool)) throw new TypeError('the pool is not ours');
  return pool;
}

/** A pool as the kit deploys one: sign-in by email in any case, strong passwords, one trigger. */
function newPool({ region, userPoolId }: PoolPlace): UserPool {
  const now = new Date();
  const lambda = `arn:aws:lambda:${region}:000000000000:function:pre-token`;
  return {
    Id: userPoolId,
    Name: userPoolId.split('_')[1] ?? userPoolId,
    Arn: `arn:aws:cognito-idp:${region}:000000000000:userpool/${userPoolId}`,
    CreationDate: now,
    LastModifiedDate: now,
    UserPoolTier: 'ESSENTIALS',
    UsernameAttributes: ['email'],
    UsernameConfiguration: { CaseSensitive: false },
    AutoVerifiedAttributes: ['email'],
    UserAttributeUpdateSettings: { AttributesRequireVerificationBeforeUpdate: ['email'] },
    AccountRecoverySetting: { RecoveryMechanisms: [{ Name: 'verified_email', Priority: 1 }] },
    MfaConfiguration: 'OPTIONAL',
    SoftwareTokenMfaConfiguration: { Enabled: true },
    Policies: { PasswordPolicy: { MinimumLength: 12 } },
    LambdaConfig: {
      PreTokenGeneration: lambda,
      PreTokenGenerationConfig: { LambdaArn: lambda, LambdaVersion: 'V3_0' },
    },
  };
}

async function makeClient(
  ctx: Context,
  pool: LocalUserPool,
  { cognito, place }: { cognito: CognitoService; place: PoolPlace },
): Promise<void> {
  if (await cognito.getAppClient(ctx, place.clientId)) return;
  const now = new Date();
  const client: AppClient = {
    ClientId: place.clientId,
    ClientName: 'web',
    UserPoolId: place.userPoolId,
    CreationDate: now,
    LastModifiedDate: now,
    ExplicitAuthFlows: [
      'ALLOW_USER_SRP_AUTH',
      'ALLOW_USER_PASSWORD_AUTH',
      'ALLOW_ADMIN_USER_PASSWORD_AUTH',
      'ALLOW_REFRESH_TOKEN_AUTH',
    ],
    AccessTokenValidity: 1,
    IdTokenValidity: 1,
    RefreshTokenValidity: 30,
    TokenValidityUnits: { AccessToken: 'hours', IdToken: 'hours', RefreshToken: 'days' },
    EnableTokenRevocation: true,
    PreventUserExistenceErrors: 'ENABLED',
  };
  await pool.saveAppClient(ctx, client);
}

/** cognito-local logs requests as they are, passwords and all: only its warnings' texts come out. */
function quietLogger(warn: (line: string) => void): LogService {
  const say = (...parts: readonly unknown[]): void => {
    const text = parts.filter((part) => typeof part === 'string').join(' ');
    if (text !== '') warn(`cognito-local: ${text}`);
  };
  const silent = (): void => undefined;
  const logger: LogService = {
    debug: silent,
    info: silent,
    warn: say,
    error: say,
    child: () => logger,
  };
  return logger;
}

/** For the operations of cognito-local that are still in use, which need the pool and the clock. */
function baseServices(cognito: CognitoService): Services {
  const unused = (): never => {
    throw new TypeError('an operation of cognito-local runs that has one of ours');
  };
  const triggers = { enabled: () => false } as unknown as Services['triggers'];
  return {
    clock: new DateClock(),
    cognito,
    config: {} as Services['config'],
    messages: { deliver: unused },
    otp: unused,
    tokenGenerator: { generate: unused },
    triggers,
  };
}
