/**
 * A Cognito user pool on this machine, for the embedded stack: with no AWS account and no Docker,
 * nothing real can run there. It is composed from the classes of cognito-local 5.3.0 (pinned: these
 * are not its public interface). What each part mends of it stands at the head of its file; what
 * still differs from AWS is tabled in docs/local-vs-hosted.md.
 */
import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { localHosts } from '../http-guard.ts';
import { Challenges } from './challenges.ts';
import { JsonStoreFactory } from './data-store.ts';
import { CognitoError } from './errors.ts';
import { openFront } from './front.ts';
import { makeListener } from './http.ts';
import { KeyRing } from './keys.ts';
import { type LocalMessage, Mailbox } from './mailbox.ts';
import { openPool } from './open-pool.ts';
import { makeDispatch } from './operations.ts';
import type { PreTokenHandler } from './pre-token.ts';
import { Queue } from './queue.ts';
import { Sessions } from './sessions.ts';
import { Tokens } from './tokens.ts';

export type { LocalMessage, MessageKind } from './mailbox.ts';
export type { PreTokenEvent, PreTokenHandler } from './pre-token.ts';

export interface CognitoOptions {
  /** Created with mode 0700. Holds the users and the signing keys, in files of mode 0600. */
  readonly dataDir: string;
  /** 0 takes any free port. The server listens on 127.0.0.1 only. */
  readonly port: number;
  /** For example `local-1`. */
  readonly region: string;
  /** The region, an underscore and a name, for example `local-1_CognitoKit`. */
  readonly userPoolId: string;
  /** The one public app client that is made at the first start. */
  readonly clientId: string;
  /** Exact origins of the web apps that may call. */
  readonly allowedOrigins: readonly string[];
  /** Told of each mail, for example to print its code. */
  readonly onMessage?: (message: LocalMessage) => void;
  /** @default the handler that is deployed, `functions/pre-token/handler.ts` */
  readonly preToken?: PreTokenHandler;
  /** Takes lines about failures. @default standard error */
  readonly warn?: (line: string) => void;
}

export interface RunningCognito {
  readonly endpoint: string;
  readonly issuer: string;
  readonly jwksUri: string;
  readonly region: string;
  readonly userPoolId: string;
  readonly clientId: string;
  /** Messages sent so far, newest first. */
  messages(to?: string): readonly LocalMessage[];
  /**
   * Runs an operation without HTTP, as an administrator; seeding uses it.
   *
   * @throws CognitoError whose `code` is the service's name of the error.
   */
  call(operation: string, input: object): Promise<Record<string, unknown>>;
  /** New signing keys. Tokens of the old ones stay valid until they expire. */
  rotateKeys(): Promise<void>;
  close(): Promise<void>;
}

/** Whether an error is the service's answer with this name, such as `UserNotFoundException`. */
export const isCognitoError = (error: unknown, code: string): boolean =>
  error instanceof CognitoError && error.code === code;

/**
 * Starts the pool, and makes it where the folder has none.
 *
 * @throws KitError `PORT_TAKEN`, or `DATA_DIR_UNREADABLE` where a file is damaged.
 * @example
 * const cognito = await startCognito({ dataDir, port: 0, region: 'local-1',
 *   userPoolId: 'local-1_CognitoKit', clientId: 'localclient', allowedOrigins: [] });
 */
export async function startCognito(options: CognitoOptions): Promise<RunningCognito> {
  const { dataDir, region, userPoolId, clientId } = options;
  await mkdir(dataDir, { recursive: true });
  await chmod(dataDir, 0o700);
  // The port is part of the issuer, so it is bound first.
  const front = await openFront(options.port);
  const stores = new JsonStoreFactory(join(dataDir, 'db'));
  const close = async (): Promise<void> => {
    await front.close();
    await stores.close();
  };
  try {
    const endpoint = `http://127.0.0.1:${front.port}`;
    const issuer = `${endpoint}/${userPoolId}`;
    const { keys, kit, dispatch } = await assemble({ ...options, issuer, stores });
    const flushed = (): Promise<void> => stores.flushed();
    const { mailbox, queue } = kit;
    const policy = { hosts: localHosts(front.port), origins: options.allowedOrigins };
    const warn = warnOf(options);
    front.answer(
      makeListener({ policy, issuer, userPoolId, keys, mailbox, dispatch, flushed, warn }),
    );
    return {
      ...{ endpoint, issuer, region, userPoolId, clientId, close },
      jwksUri: `${issuer}/.well-known/jwks.json`,
      messages: (to) => mailbox.list(to),
      call: async (operation, input) => {
        const answer = await dispatch(operation, input);
        await flushed();
        return structuredClone(answer) as Record<string, unknown>;
      },
      rotateKeys: () => queue.run(() => keys.rotate()),
    };
  } catch (error) {
    await close();
    throw error;
  }
}

interface Parts extends CognitoOptions {
  readonly issuer: string;
  readonly stores: JsonStoreFactory;
}

/** The pool's rooms, put together. Keys are made while the files are read: that takes longest. */
async function assemble(parts: Parts) {
  const { dataDir, issuer, region, stores } = parts;
  const [keysReady, poolReady, handlerReady] = await Promise.allSettled([
    KeyRing.open(join(dataDir, 'keys.json')),
    openPool({ ...parts, warn: warnOf(parts) }, stores),
    parts.preToken ?? deployedHandler(),
  ]);
  const keys = valueOrThrow(keysReady);
  const preToken = valueOrThrow(handlerReady);
  const { sessionStore, ...opened } = valueOrThrow(poolReady);
  const sessions = new Sessions(sessionStore);
  const kit = {
    ...opened,
    sessions,
    tokens: new Tokens({ issuer, region, pool: opened.pool, keys, sessions, preToken }),
    challenges: new Challenges(),
    mailbox: new Mailbox(parts.onMessage),
    queue: new Queue(),
  };
  return { keys, kit, dispatch: makeDispatch(kit) };
}

function valueOrThrow<T>(result: PromiseSettledResult<T>): T {
  if (result.status === 'rejected') throw result.reason;
  return result.value;
}

const warnOf = ({ warn }: CognitoOptions) =>
  warn ?? ((line: string) => void process.stderr.write(`${line}\n`));

/** Loaded only where it is wanted: a test may bring a handler of its own. */
const deployedHandler = async (): Promise<PreTokenHandler> =>
  (await import('@cognito-supabase/functions/pre-token/handler')).handler;
