import { KitError } from '@cognito-supabase/contract/errors';

/** Settings of the app: its Supabase project and its user pool. */
export interface WebConfig {
  readonly supabaseUrl: string;
  /** Identifies the project, and grants nothing by itself. */
  readonly publishableKey: string;
  readonly userPoolId: string;
  readonly clientId: string;
  /** URL of a Cognito emulator; null on AWS. */
  readonly cognitoEndpoint: string | null;
}

/** A missing or wrong setting. The app does not start. */
export interface SettingProblem {
  readonly variable: string;
  readonly error: KitError;
}

export type ConfigResult =
  | { readonly ok: true; readonly config: WebConfig }
  | { readonly ok: false; readonly problems: readonly SettingProblem[] };

interface Setting {
  readonly variable: string;
  /** Where a person finds the value. */
  readonly hint: string;
  readonly optional?: true;
  /** The problem of a value, or null. */
  readonly fault: (value: string) => string | null;
}

const webAddress = (value: string) =>
  URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)
    ? null
    : 'is not an http(s) address';

/** Older keys of Supabase are JWTs with a claim `role`. `anon` is the public one. */
const isSecretJwt = (value: string): boolean => {
  try {
    const payload = value.split('.')[1] ?? '';
    return JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/'))).role !== 'anon';
  } catch {
    return false;
  }
};

const SETTINGS = {
  supabaseUrl: {
    variable: 'VITE_SUPABASE_URL',
    hint: 'Supabase dashboard → Project Settings → Data API → Project URL.',
    fault: webAddress,
  },
  publishableKey: {
    variable: 'VITE_SUPABASE_PUBLISHABLE_KEY',
    hint: 'Supabase dashboard → Project Settings → API Keys → Publishable key.',
    // With a secret key in the browser every visitor could read every row, so the app refuses to start.
    fault: (value) =>
      value.startsWith('sb_secret_') || isSecretJwt(value)
        ? 'is a secret key, which must never reach a browser'
        : null,
  },
  userPoolId: {
    variable: 'VITE_COGNITO_USER_POOL_ID',
    hint: 'Amazon Cognito console → User pools → your pool → User pool ID.',
    fault: (value) => (/^[\w-]+_[0-9a-zA-Z]+$/.test(value) ? null : 'is not of the form region_id'),
  },
  clientId: {
    variable: 'VITE_COGNITO_CLIENT_ID',
    hint: 'Amazon Cognito console → your pool → App clients → Client ID.',
    fault: (value) => (/\s/.test(value) ? 'has a space in it' : null),
  },
  cognitoEndpoint: {
    variable: 'VITE_COGNITO_ENDPOINT',
    hint: 'Leave it unset on AWS; for an emulator give its address.',
    optional: true,
    fault: webAddress,
  },
} as const satisfies Record<keyof WebConfig, Setting>;

/**
 * Reads and checks the settings of the app, once, at the start.
 *
 * @param env - `import.meta.env`, or a record with the same names.
 * @returns The settings, or all problems together.
 */
export const readConfig = (env: Readonly<Record<string, unknown>>): ConfigResult => {
  const problems: SettingProblem[] = [];

  const read = ({ variable, hint, optional, fault }: Setting): string => {
    const raw = env[variable];
    const value = typeof raw === 'string' ? raw.trim() : '';
    if (value === '') {
      if (!optional) {
        const error = new KitError('SETTING_MISSING', `${variable} is not set.`, hint);
        problems.push({ variable, error });
      }
      return '';
    }
    const wrong = fault(value);
    if (wrong !== null) {
      const error = new KitError('SETTING_INVALID', `${variable} ${wrong}.`, hint);
      problems.push({ variable, error });
    }
    return value;
  };

  const config: WebConfig = {
    supabaseUrl: read(SETTINGS.supabaseUrl),
    publishableKey: read(SETTINGS.publishableKey),
    userPoolId: read(SETTINGS.userPoolId),
    clientId: read(SETTINGS.clientId),
    // Paths are appended to it, so a trailing slash would be doubled.
    cognitoEndpoint: read(SETTINGS.cognitoEndpoint).replace(/\/+$/, '') || null,
  };
  return problems.length === 0 ? { ok: true, config } : { ok: false, problems };
};
