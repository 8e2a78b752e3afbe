/** The triggers of functions/ for the local user pool, in this process, with what they need of the stack. */
import { MIGRATION_ENV } from '@cognito-supabase/contract/settings';
import {
  createAuthChallenge,
  defineAuthChallenge,
  verifyAuthChallenge,
} from '@cognito-supabase/lambda/auth-challenge/challenge';
import { customMessage } from '@cognito-supabase/lambda/custom-message/core';
import { ownMail } from '@cognito-supabase/lambda/custom-message/own-mail';
import { postAuthentication } from '@cognito-supabase/lambda/post-authentication/core';
import { postConfirmation } from '@cognito-supabase/lambda/post-confirmation/core';
import { preAuthentication } from '@cognito-supabase/lambda/pre-authentication/core';
import {
  isMissingFunction,
  type ServiceRpc,
  serviceRpc,
} from '@cognito-supabase/lambda/service/data-api';
import { userMigration } from '@cognito-supabase/lambda/user-migration/core';
import { oldAccounts } from '@cognito-supabase/lambda/user-migration/old-accounts';
import { passwordChecker } from '@cognito-supabase/lambda/user-migration/supabase-auth';
import type { CognitoOptions, LocalMessage } from '../cognito/server.ts';
import { type EventQueue, makeEventQueue } from './event-queue.ts';

/** Where the Data API is, and the secret key. */
export interface ServiceAccess {
  readonly url: string;
  readonly secretKey: string;
}

type Deliver = (message: Omit<LocalMessage, 'id' | 'at'>) => void;

export interface TriggerParts {
  /** What is known when a trigger runs. The pool starts before the database, so it may be undefined. */
  readonly access: () => ServiceAccess | undefined;
  /** Takes mail that a function sends itself. */
  readonly deliver: Deliver;
}

export interface LocalTriggers {
  readonly triggers: NonNullable<CognitoOptions['triggers']>;
  readonly queue: EventQueue;
}

const MESSAGES = { appName: 'Local app' };

/** Mail of the functions for the inbox. */
const mailOf = (deliver: Deliver) => {
  const send = (to: string, mail: Parameters<typeof ownMail>[1]): void => {
    const { subject, html: text } = ownMail(MESSAGES, mail);
    deliver({ to, medium: 'EMAIL', subject, text, code: mail.code ?? '', kind: mail.kind });
  };
  return {
    sendCode: async (to: string, code: string, locale?: string) =>
      send(to, { kind: 'SignInCode', code, locale }),
    sendNewDevice: async (to: string, locale?: string) => send(to, { kind: 'NewDevice', locale }),
  };
};

/** People of another project move only if the environment names it, because each unknown name would be asked there. */
function migrationOf(rpc: ServiceRpc) {
  const { [MIGRATION_ENV.supabaseUrl]: url, [MIGRATION_ENV.publishableKey]: publishableKey } =
    process.env;
  if (!url || !publishableKey) return {};
  return {
    UserMigration: userMigration({
      checkPassword: passwordChecker({ url: url.replace(/\/+$/, ''), publishableKey }),
      ...oldAccounts(rpc, rpc),
      count: () => undefined,
      warn,
    }),
  };
}

const warn = (line: string): void => console.error(`warning: ${line}`);

const rpcBy =
  (access: TriggerParts['access']): ServiceRpc =>
  async (...call) => {
    const known = access();
    if (known === undefined) throw new Error('the Data API has not started');
    const { url, secretKey } = known;
    return serviceRpc({ url, readKey: async () => secretKey })(...call);
  };

/** A project without the module has nobody to block. On AWS the trigger is deployed for one that has it. */
const ifThere =
  (rpc: ServiceRpc): ServiceRpc =>
  (...call) =>
    rpc(...call).catch((error: unknown) => {
      if (isMissingFunction(error)) return null;
      throw error;
    });

/** A queue of events for the database. */
export const eventQueueFor = (access: TriggerParts['access']): EventQueue =>
  makeEventQueue(rpcBy(access), warn);

export function localTriggers({ access, deliver }: TriggerParts): LocalTriggers {
  const rpc = rpcBy(access);
  const queue = eventQueueFor(access);
  const { enqueue } = queue;
  const { sendCode, sendNewDevice } = mailOf(deliver);
  const migration = migrationOf(rpc);
  return {
    triggers: {
      // Seeding signs nobody in, so the database is there when somebody does.
      PreAuthentication: preAuthentication({
        rpc: ifThere(rpc),
        whenDown: 'allow',
        keepFor: 1000,
        warn,
      }),
      PostConfirmation: postConfirmation({ rpc, enqueue, warn }),
      PostAuthentication: postAuthentication({
        ...{ enqueue, recordSignIns: true, sendNewDevice, warn },
        ...('UserMigration' in migration && { rpc }),
      }),
      CustomMessage: customMessage(MESSAGES),
      DefineAuthChallenge: defineAuthChallenge,
      CreateAuthChallenge: createAuthChallenge({ sendCode, warn }),
      VerifyAuthChallengeResponse: verifyAuthChallenge,
      ...migration,
    },
    queue,
  };
}
