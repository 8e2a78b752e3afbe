/** What doctor reads of a hosted project, by the Management API. It changes nothing. */
import { KitError } from '@cognito-supabase/contract/errors';
import {
  type EdgeFunction,
  openManagementApi,
  type ThirdPartyKeys,
} from '../../hosted/management-api.ts';
import { CouldNotSee } from '../check.ts';

export interface HostedSettings {
  /** What is registered as third-party auth. */
  registrations(): Promise<readonly ThirdPartyKeys[]>;
  /** Whether Supabase Auth takes new accounts. */
  takesSignUps(): Promise<boolean>;
  takesAnonymousSignIns(): Promise<boolean>;
  /** Edge Functions that are deployed. */
  edgeFunctions(): Promise<readonly EdgeFunction[]>;
  /** Schemas that the Data API exposes. */
  exposedSchemas(): Promise<readonly string[]>;
}

export interface HostedOptions {
  /** Reference of the project, 20 letters. */
  readonly project: string;
  readonly accessToken: string;
  /** @default - https://api.supabase.com */
  readonly endpoint?: string;
}

/** A refusal is no finding. */
async function seen<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof KitError) throw new CouldNotSee(error.message);
    throw error;
  }
}

export function openHosted({ project, accessToken, endpoint }: HostedOptions): HostedSettings {
  const api = openManagementApi({ ref: project, accessToken, baseUrl: endpoint });
  return {
    registrations: () => seen(api.thirdPartyKeys()),
    // As Supabase Auth has it: a setting that is not there is off.
    takesSignUps: async () => !(await seen(api.authSettings())).disable_signup,
    takesAnonymousSignIns: () => seen(api.takesAnonymousSignIns()),
    edgeFunctions: async () =>
      (await seen(api.edgeFunctions())).filter(({ status }) => status !== 'REMOVED'),
    exposedSchemas: async () =>
      (await seen(api.exposedSchemas())).split(',').flatMap((name) => name.trim() || []),
  };
}
