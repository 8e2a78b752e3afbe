/**
 * An emulator of Amazon Cognito user pools on this machine, for development and tests: no AWS account and no
 * Docker are needed. It has Cognito's own API, so the AWS SDK and Amplify work with it unchanged.
 * docs/local-vs-hosted.md lists the differences.
 *
 * `store/` keeps everything in one SQLite file. `core/` has users, sessions and tokens, without HTTP.
 * `api/` has the operations of the AWS API. `triggers/` and `mail/` stand in for Lambda and SES.
 */
import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { localHosts } from '../http-guard.ts';
import { type Dispatch, makeDispatch } from './api/dispatch.ts';
import { CognitoError } from './core/errors.ts';
import {
  functionArn,
  kitClient,
  kitPool,
  PRE_TOKEN,
  withOrigins,
  withTriggers,
} from './core/pool/pool-settings.ts';
import { Service } from './core/pool/service.ts';
import { type Certificate, keptCertificate } from './http/certificate.ts';
import { type Front, openFront } from './http/front.ts';
import { makeListener } from './http/listener.ts';
import { type LocalMessage, Mailbox } from './mail/mailbox.ts';
import { Database } from './store/database.ts';
import type { TriggerHandler } from './triggers/invoke.ts';
import type { TriggerName } from './triggers/triggers.ts';

export type { MessageKind } from '@cognito-supabase/contract/messages';
export type { LocalMessage } from './mail/mailbox.ts';
export type { TriggerHandler } from './triggers/invoke.ts';
export type { PreTokenEvent, PreTokenHandler } from './triggers/pre-token.ts';
export type { TriggerName } from './triggers/triggers.ts';

export interface CognitoOptions {
  /** Created with mode 0700. Holds the users and the signing keys, in files of mode 0600. */
  readonly dataDir: string;
  /** 0 takes any free port. The server listens on 127.0.0.1 only. */
  readonly port: number;
  /**
   * A second port, with HTTPS, for clients that speak HTTPS only, such as Amplify's `signInWithRedirect`. 0 takes any
   * free port. @default none
   */
  readonly httpsPort?: number;
  /** Certificate and key of HTTPS, in PEM. @default made for localhost, and kept in `dataDir` */
  readonly certificate?: Certificate;
  /** For example `local-1`. */
  readonly region: string;
  /** The region, an underscore and a name, for example `local-1_CognitoKit`. */
  readonly userPoolId: string;
  /** The public app client that is made at the first start. */
  readonly clientId: string;
  /** Exact origins of the web apps that may call. Managed login sends people back to their `/`. */
  readonly allowedOrigins: readonly string[];
  /** Told of each mail, for example to print its code. */
  readonly onMessage?: (message: LocalMessage) => void;
  /** @default the handler that is deployed, `functions/pre-token/handler.ts` */
  readonly preToken?: TriggerHandler;
  /** Other triggers of the pool, by their names in `LambdaConfig`. @default none */
  readonly triggers?: Readonly<Partial<Record<TriggerName, TriggerHandler>>>;
  /** Whether failed passwords lock a user out, as on AWS. @default false */
  readonly lockout?: boolean;
  /** Whether operations are refused above AWS's default request rates. @default false */
  readonly requestRates?: boolean;
  /** How long ListUsers does not show a new user, in ms: on AWS it is eventually consistent. @default 0 */
  readonly listingDelay?: number;
  /** Takes lines about failures. @default standard error */
  readonly warn?: (line: string) => void;
}

export interface RunningCognito {
  readonly endpoint: string;
  /** The user pool domain, such as `localhost:9443`, if there is HTTPS. */
  readonly domain?: string | undefined;
  readonly issuer: string;
  readonly jwksUri: string;
  readonly region: string;
  readonly userPoolId: string;
  readonly clientId: string;
  /** Messages sent so far, newest first. */
  messages(to?: string): readonly LocalMessage[];
  /** Puts mail into the inbox that a trigger sends itself. */
  deliver(message: Omit<LocalMessage, 'id' | 'at'>): void;
  /**
   * Runs an operation without HTTP, as an administrator; seeding uses it.
   *
   * @throws CognitoError whose `code` is the service's name of the error.
   */
  call(operation: string, input: object): Promise<Record<string, unknown>>;
  /**
   * From now on, a social provider of this type, such as `Google`, is spoken to at this issuer of OpenID Connect.
   * Without it, Google and Apple are spoken to at their own addresses.
   */
  standIn(type: string, issuer: string): void;
  /** An access token of the pool as it is after its time, for tests. @throws CognitoError if it is none */
  expired(accessToken: string): Promise<string>;
  /** New signing keys. Tokens of the old ones stay valid until they expire. */
  rotateKeys(): Promise<void>;
  close(): Promise<void>;
}

/** Whether an error is the service's answer with this name, such as `UserNotFoundException`. */
export const isCognitoError = (error: unknown, code: string): boolean =>
  error instanceof CognitoError && error.code === code;

/**
 * Starts the emulator. At the first start it makes the pool and its app client.
 *
 * @throws KitError `PORT_TAKEN`, or `DATA_DIR_UNREADABLE` if its file is damaged
 * @example
 * const cognito = await startCognito({ dataDir, port: 0, region: 'local-1',
 *   userPoolId: 'local-1_CognitoKit', clientId: 'localclient', allowedOrigins: [] });
 */
export async function startCognito(options: CognitoOptions): Promise<RunningCognito> {
  await mkdir(options.dataDir, { recursive: true });
  await chmod(options.dataDir, 0o700);
  // The port is part of the issuer, so it is bound first.
  const front = await openFront(options.port, await securePort(options));
  let db: Database | undefined;
  const close = async (): Promise<void> => {
    await front.close();
    db?.close();
    db = undefined;
  };
  try {
    db = Database.open(join(options.dataDir, 'cognito.sqlite'));
    return { ...(await serve(options, front, db)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function securePort({ httpsPort: port, certificate, dataDir }: CognitoOptions) {
  if (port === undefined) return undefined;
  return { port, ...(certificate ?? (await keptCertificate(dataDir))) };
}

async function serve(options: CognitoOptions, front: Front, db: Database) {
  const { region, userPoolId, clientId } = options;
  const endpoint = `http://127.0.0.1:${front.port}`;
  const mailbox = new Mailbox(options.onMessage);
  const preToken = options.preToken ?? (await deployedHandler());
  const handlers = new Map(Object.entries({ ...options.triggers, [PRE_TOKEN]: preToken }));
  const functions = new Map(
    Array.from(handlers, ([name, handler]) => [functionArn(region, name), handler] as const),
  );
  const { lockout = false, requestRates = false, listingDelay = 0 } = options;
  const socialIssuers = new Map<string, string>();
  const shared = { db, region, endpoint, mailbox, functions, socialIssuers };
  const choices = { lockout, requestRates, listingDelay };
  const service = await Service.open({ ...shared, ...choices });
  const pool = service.find(userPoolId) ?? (await service.create(kitPool(region, userPoolId)));
  pool.store.saveSettings(
    withTriggers(pool.store.settings, region, Object.keys(options.triggers ?? {})),
  );
  const client = pool.store.clients.get(clientId) ?? kitClient(userPoolId, clientId);
  pool.store.clients.save(clientId, withOrigins(client, options.allowedOrigins));
  const dispatch: Dispatch = makeDispatch(service);
  const ports = [front.port, front.httpsPort].filter((port) => port !== undefined);
  const policy = { hosts: ports.flatMap(localHosts), origins: options.allowedOrigins };
  const domain = front.httpsPort === undefined ? undefined : `localhost:${front.httpsPort}`;
  front.answer(makeListener({ policy, service, mailbox, dispatch, warn: warnOf(options) }));
  return {
    ...{ endpoint, domain, issuer: pool.issuer, region, userPoolId, clientId },
    jwksUri: `${pool.issuer}/.well-known/jwks.json`,
    messages: (to?: string) => mailbox.list(to),
    deliver: (message: Parameters<Mailbox['send']>[0]) => mailbox.send(message),
    call: async (operation: string, input: object) =>
      structuredClone(await dispatch(operation, input)) as Record<string, unknown>,
    standIn: (type: string, issuer: string) => void socialIssuers.set(type, issuer),
    expired: (accessToken: string) => pool.tokens.expired(accessToken),
    rotateKeys: () => pool.keys.rotate((work) => pool.store.transaction(work)),
  };
}

const warnOf = ({ warn }: CognitoOptions) =>
  warn ?? ((line: string) => void process.stderr.write(`${line}\n`));

/** Loaded only if it is needed, because a test may bring its own handler. */
const deployedHandler = async (): Promise<TriggerHandler> =>
  (await import('@cognito-supabase/lambda/pre-token/handler')).handler;
