/** What doctor reads of a hosted project, by the Management API. It changes nothing. */
import { KitError } from '@cognito-supabase/contract/errors';
import { openManagementApi, type ThirdPartyAuth } from '../../hosted/management-api.ts';
import { CouldNotSee } from '../check.ts';

export interface HostedSettings {
  /** Issuers that are registered as third-party auth. */
  thirdPartyIssuers(): Promise<readonly string[]>;
  /** Whether Supabase Auth takes new accounts. */
  takesSignUps(): Promise<boolean>;
  takesAnonymousSignIns(): Promise<boolean>;
}

export interface HostedOptions {
  /** Reference of the project, 20 letters. */
  readonly project: string;
  readonly accessToken: string;
  /** @default - https://api.supabase.com */
  readonly endpoint?: string;
}

/** A registration names the issuer, or its keys alone. */
const issuerOf = ({ oidc_issuer_url: issuer, jwks_url: keys }: ThirdPartyAuth) =>
  issuer || keys?.replace(/\/\.well-known\/jwks\.json$/, '') || undefined;

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
    thirdPartyIssuers: async () =>
      (await seen(api.thirdPartyAuth())).flatMap((one) => issuerOf(one) ?? []),
    // As Supabase Auth has it: a setting that is not there is off.
    takesSignUps: async () => !(await seen(api.authSettings())).disable_signup,
    takesAnonymousSignIns: () => seen(api.takesAnonymousSignIns()),
  };
}
