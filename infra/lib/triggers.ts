/** The folders of functions/ that are triggers, with their environment. */
import {
  MESSAGE_ENV,
  PRE_TOKEN_ENV,
  SERVICE_ENV,
  SIGN_UP_ENV,
} from '@cognito-supabase/contract/settings';
import { UserPoolOperation } from 'aws-cdk-lib/aws-cognito';
import type {
  MessageSettings,
  PreTokenSettings,
  SignUpSettings,
  SupabaseSettings,
} from '../config/settings.ts';
import { type FunctionsPlace, hasEntry } from './bundle.ts';

export const POST_CONFIRMATION = 'post-confirmation';
export const POST_AUTHENTICATION = 'post-authentication';
export const CUSTOM_MESSAGE = 'custom-message';
export const PRE_SIGN_UP = 'pre-sign-up';

/** Triggers that can do nothing without the Supabase secret key. */
const NEED_KEY: readonly string[] = [POST_CONFIRMATION, POST_AUTHENTICATION];

/** Triggers that send to the queue of user events. */
export const SENDERS: readonly string[] = [POST_CONFIRMATION, POST_AUTHENTICATION];

/** The triggers besides pre-token, which every pool has. */
export const OTHER_TRIGGERS = [
  { folder: PRE_SIGN_UP, operation: UserPoolOperation.PRE_SIGN_UP },
  { folder: 'pre-authentication', operation: UserPoolOperation.PRE_AUTHENTICATION },
  { folder: POST_AUTHENTICATION, operation: UserPoolOperation.POST_AUTHENTICATION },
  { folder: POST_CONFIRMATION, operation: UserPoolOperation.POST_CONFIRMATION },
  { folder: 'user-migration', operation: UserPoolOperation.USER_MIGRATION },
  { folder: CUSTOM_MESSAGE, operation: UserPoolOperation.CUSTOM_MESSAGE },
] as const;

export const entryOf = (folder: string): string => `${folder}/handler.ts`;

export interface TriggerSettings {
  readonly supabase: SupabaseSettings;
  readonly signUp?: SignUpSettings | undefined;
  readonly messages?: MessageSettings | undefined;
}

/** The other triggers that have a function and what it needs. A trigger without is left out. */
export const presentTriggers = (
  place: FunctionsPlace,
  { supabase, signUp, messages }: TriggerSettings,
) =>
  OTHER_TRIGGERS.filter(({ folder }) => {
    if (!hasEntry(entryOf(folder), place)) return false;
    if (folder === PRE_SIGN_UP) return signUp !== undefined;
    if (folder === CUSTOM_MESSAGE) return messages !== undefined;
    if (folder === POST_AUTHENTICATION && !supabase.recordSignIns) return false;
    return supabase.secretName !== undefined || !NEED_KEY.includes(folder);
  });

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
  [PRE_TOKEN_ENV.emailClaim]: emailClaim ? 'true' : undefined,
  [PRE_TOKEN_ENV.machineClaims]:
    machineClaims && Object.keys(machineClaims).length > 0
      ? JSON.stringify(machineClaims)
      : undefined,
});

/** The environment of a trigger that acts for the service: the project's URL, and the name of its key. */
export const serviceEnvironment = ({ url, secretName }: SupabaseSettings) => ({
  [SERVICE_ENV.supabaseUrl]: url,
  [SERVICE_ENV.secretName]: secretName,
});

const signUpEnvironment = (settings: SignUpSettings = {}) => ({
  [SIGN_UP_ENV.allowDomains]: settings.allowDomains?.join(','),
  [SIGN_UP_ENV.denyDomains]: settings.denyDomains?.join(','),
  [SIGN_UP_ENV.invitationsOnly]: settings.invitationsOnly ? 'true' : undefined,
  [SIGN_UP_ENV.linkProviders]: settings.linkProviders?.join(','),
});

const messageEnvironment = ({ appName, language }: Partial<MessageSettings> = {}) => ({
  [MESSAGE_ENV.appName]: appName,
  [MESSAGE_ENV.language]: language,
});

/** The environments of triggers that do not call Supabase themselves. */
export const keylessEnvironment = (
  folder: string,
  { signUp, messages }: TriggerSettings,
): Readonly<Record<string, string | undefined>> | undefined => {
  if (folder === PRE_SIGN_UP) return signUpEnvironment(signUp);
  if (folder === CUSTOM_MESSAGE) return messageEnvironment(messages);
  return folder === POST_AUTHENTICATION ? {} : undefined;
};

/** The other triggers that have no function. */
export const missingTriggers = (place: FunctionsPlace = {}): readonly string[] =>
  OTHER_TRIGGERS.filter(({ folder }) => !hasEntry(entryOf(folder), place)).map(
    ({ folder }) => folder,
  );
