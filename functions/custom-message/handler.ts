/** The Lambda entry of the custom message trigger. infra/ bundles this file, local/ imports core.ts. */
import { MESSAGE_ENV } from '@cognito-supabase/contract/settings';
import { customMessage } from './core.ts';

export const handler = customMessage({
  appName: process.env[MESSAGE_ENV.appName] ?? '',
  language: process.env[MESSAGE_ENV.language],
});
