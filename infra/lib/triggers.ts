/** The folders of functions/ that are triggers: which of them a stage has, and what each needs. */
import {
  MESSAGE_ENV,
  MIGRATION_ENV,
  POST_AUTHENTICATION_ENV,
  PRE_TOKEN_ENV,
  SERVICE_ENV,
  SIGN_IN_ENV,
  SIGN_UP_ENV,
} from '@cognito-supabase/contract/settings';
import { UserPoolOperation } from 'aws-cdk-lib/aws-cognito';
import type {
  EmailSettings,
  MessageSettings,
  MigrationSettings,
  PreTokenSettings,
  SignInSettings,
  SignUpSettings,
  SupabaseSettings,
} from '../config/settings.ts';
import { type FunctionsPlace, hasEntry } from './bundle.ts';

export const PRE_SIGN_UP = 'pre-sign-up';
const POST_CONFIRMATION = 'post-confirmation';

/** The part of a stage's settings that triggers read. */
export interface TriggerSettings {
  readonly supabase: SupabaseSettings;
  readonly signUp?: SignUpSettings | undefined;
  readonly signIn?: SignInSettings | undefined;
  readonly migration?: MigrationSettings | undefined;
  readonly messages?: MessageSettings | undefined;
  /** Sender of the pool's mail. */
  readonly email?: EmailSettings | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

export interface Trigger {
  /** In functions/. */
  readonly folder: string;
  readonly operation: UserPoolOperation;
  readonly isWanted: (settings: TriggerSettings) => boolean;
  readonly environment?: (settings: TriggerSettings) => Environment;
  /** Names of the secret keys that it reads. @default - none */
  readonly secrets?: (settings: TriggerSettings) => readonly (string | undefined)[];
  /** Whether it sends to the queue of user events. @default - no */
  readonly sends?: (settings: TriggerSettings) => boolean;
  /** Whether it sends mail by SES. @default - no */
  readonly mails?: (settings: TriggerSettings) => boolean;
}

const flag = (isOn: boolean | undefined): string | undefined => (isOn ? 'true' : undefined);

/** The environment of a function that acts for the service: the project's URL, and the name of its key. */
export const serviceEnvironment = ({ url, secretName }: SupabaseSettings): Environment => ({
  [SERVICE_ENV.supabaseUrl]: url,
  [SERVICE_ENV.secretName]: secretName,
});

const messageEnvironment = ({ messages }: TriggerSettings): Environment => ({
  [MESSAGE_ENV.appName]: messages?.appName,
  [MESSAGE_ENV.language]: messages?.language,
});

/** Of triggers that send mail themselves. */
const mailEnvironment = (settings: TriggerSettings): Environment => {
  const { from, fromName, sesRegion } = settings.email ?? {};
  return {
    ...messageEnvironment(settings),
    [MESSAGE_ENV.mailFrom]: fromName ? `${fromName} <${from}>` : from,
    [MESSAGE_ENV.mailRegion]: sesRegion,
  };
};

/** The project that people come from. By default it is the one of the stage. */
const oldProjectOf = ({ supabase, migration }: TriggerSettings) => ({
  url: migration?.url ?? supabase.url,
  publishableKey: migration?.publishableKey ?? supabase.publishableKey,
  secretName: migration?.secretName ?? supabase.secretName,
});

const hasKey = ({ supabase }: TriggerSettings): boolean => supabase.secretName !== undefined;
const ownSecret = ({ supabase }: TriggerSettings) => [supabase.secretName];
const wantsCodes = ({ messages }: TriggerSettings): boolean => messages?.signInCodes === true;
const wantsDeviceMail = ({ messages }: TriggerSettings): boolean => messages?.newDevice === true;

/** Post-authentication acts for the service only to move rows. */
const movesRows = ({ migration }: TriggerSettings): boolean => migration !== undefined;

/** The triggers besides pre-token, which every pool has. */
export const OTHER_TRIGGERS: readonly Trigger[] = [
  {
    folder: PRE_SIGN_UP,
    operation: UserPoolOperation.PRE_SIGN_UP,
    isWanted: ({ signUp }) => signUp !== undefined,
    environment: ({ signUp = {} }) => ({
      [SIGN_UP_ENV.allowDomains]: signUp.allowDomains?.join(','),
      [SIGN_UP_ENV.denyDomains]: signUp.denyDomains?.join(','),
      [SIGN_UP_ENV.invitationsOnly]: flag(signUp.invitationsOnly),
      [SIGN_UP_ENV.linkProviders]: signUp.linkProviders?.join(','),
    }),
  },
  {
    folder: 'pre-authentication',
    operation: UserPoolOperation.PRE_AUTHENTICATION,
    isWanted: ({ signIn }) => signIn !== undefined,
    environment: ({ supabase, signIn }) => ({
      ...serviceEnvironment(supabase),
      [SIGN_IN_ENV.whenDown]: signIn?.whenDown,
    }),
    secrets: ownSecret,
  },
  {
    folder: 'post-authentication',
    operation: UserPoolOperation.POST_AUTHENTICATION,
    isWanted: (settings) =>
      settings.supabase.recordSignIns === true || movesRows(settings) || wantsDeviceMail(settings),
    environment: (settings) => ({
      ...(movesRows(settings) && serviceEnvironment(settings.supabase)),
      ...(wantsDeviceMail(settings) && mailEnvironment(settings)),
      [POST_AUTHENTICATION_ENV.recordSignIns]: flag(settings.supabase.recordSignIns),
      [POST_AUTHENTICATION_ENV.claimTransfers]: flag(movesRows(settings)),
      [POST_AUTHENTICATION_ENV.newDeviceMail]: flag(wantsDeviceMail(settings)),
    }),
    secrets: (settings) => (movesRows(settings) ? ownSecret(settings) : []),
    sends: (settings) => settings.supabase.recordSignIns === true || movesRows(settings),
    mails: wantsDeviceMail,
  },
  {
    folder: POST_CONFIRMATION,
    operation: UserPoolOperation.POST_CONFIRMATION,
    isWanted: hasKey,
    environment: ({ supabase }) => serviceEnvironment(supabase),
    secrets: ownSecret,
    sends: () => true,
  },
  {
    folder: 'user-migration',
    operation: UserPoolOperation.USER_MIGRATION,
    isWanted: movesRows,
    environment: (settings) => {
      const old = oldProjectOf(settings);
      return {
        ...serviceEnvironment(settings.supabase),
        [MIGRATION_ENV.supabaseUrl]: old.url,
        [MIGRATION_ENV.publishableKey]: old.publishableKey,
        [MIGRATION_ENV.secretName]: old.secretName,
      };
    },
    secrets: (settings) => [...ownSecret(settings), oldProjectOf(settings).secretName],
  },
  {
    folder: 'custom-message',
    operation: UserPoolOperation.CUSTOM_MESSAGE,
    isWanted: ({ messages }) => messages !== undefined,
    environment: messageEnvironment,
  },
  {
    folder: 'define-auth-challenge',
    operation: UserPoolOperation.DEFINE_AUTH_CHALLENGE,
    isWanted: wantsCodes,
  },
  {
    folder: 'create-auth-challenge',
    operation: UserPoolOperation.CREATE_AUTH_CHALLENGE,
    isWanted: wantsCodes,
    environment: mailEnvironment,
    mails: wantsCodes,
  },
  {
    folder: 'verify-auth-challenge',
    operation: UserPoolOperation.VERIFY_AUTH_CHALLENGE_RESPONSE,
    isWanted: wantsCodes,
  },
];

export const entryOf = (folder: string): string => `${folder}/handler.ts`;

/** The other triggers that the settings want, and that functions/ has. */
export const presentTriggers = (place: FunctionsPlace, settings: TriggerSettings) =>
  OTHER_TRIGGERS.filter(
    ({ folder, isWanted }) => hasEntry(entryOf(folder), place) && isWanted(settings),
  );

/** The trigger that each stage should have, and has not, because it does not name the secret key. */
export const triggersWithoutKey = (
  { secretName }: SupabaseSettings,
  place: FunctionsPlace = {},
): readonly string[] =>
  secretName === undefined
    ? [POST_CONFIRMATION].filter((folder) => hasEntry(entryOf(folder), place))
    : [];

/** The environment of the pre-token trigger. Unset adds no claim. */
export const preTokenEnvironment = ({
  appRoleGroups,
  emailClaim,
  machineClaims,
}: PreTokenSettings) => ({
  [PRE_TOKEN_ENV.appRoleGroups]: appRoleGroups?.join(','),
  [PRE_TOKEN_ENV.emailClaim]: flag(emailClaim),
  [PRE_TOKEN_ENV.machineClaims]:
    machineClaims && Object.keys(machineClaims).length > 0
      ? JSON.stringify(machineClaims)
      : undefined,
});

/** The other triggers that have no function. */
export const missingTriggers = (place: FunctionsPlace = {}): readonly string[] =>
  OTHER_TRIGGERS.filter(({ folder }) => !hasEntry(entryOf(folder), place)).map(
    ({ folder }) => folder,
  );
