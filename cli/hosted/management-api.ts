/**
 * The endpoints of Supabase's Management API that `connect` uses, for one project. The client is
 * supabase-management-js, which is generated from the API's OpenAPI document. This file checks the answers and waits
 * where the API asks for it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { KitError } from '@cognito-supabase/contract/errors';
import {
  type CreateThirdPartyAuthBody,
  SupabaseManagementAPI,
  SupabaseManagementAPIError,
} from 'supabase-management-js';
import { z } from 'zod';
import { isUsable } from '../token/issuer.ts';
import { apiError } from './api-errors.ts';
import { retryAfter } from './retry-after.ts';

const thirdPartySchema = z.object({
  id: z.string(),
  oidc_issuer_url: z.string().nullish(),
  jwks_url: z.string().nullish(),
  custom_jwks: z.unknown().optional(),
});
/** A provider whose tokens the project accepts. */
export type ThirdPartyAuth = z.infer<typeof thirdPartySchema>;

const thirdPartyKeysSchema = thirdPartySchema.extend({
  resolved_jwks: z.unknown().optional(),
  resolved_at: z.string().nullish(),
});
/** A provider, with the keys that the project has of it. */
export type ThirdPartyKeys = z.infer<typeof thirdPartyKeysSchema>;

/** The slug is part of commands that are shown, so it has to have the API's form. */
const edgeFunctionSchema = z.object({
  slug: z.string().regex(/^[A-Za-z0-9_-]+$/),
  status: z.string(),
  verify_jwt: z.boolean().optional(),
});
export type EdgeFunction = z.infer<typeof edgeFunctionSchema>;

const authSchema = z.object({
  disable_signup: z.boolean().nullable(),
  external_email_enabled: z.boolean().nullable(),
});
const anonymousSchema = z.object({ external_anonymous_users_enabled: z.boolean().nullable() });

/** Settings of Supabase Auth. */
export type AuthSettings = z.infer<typeof authSchema>;

const dataApiSchema = z.object({ db_schema: z.string() });

const keysSchema = z.array(
  z.object({ name: z.string(), type: z.string().nullish(), api_key: z.string().nullish() }),
);

export interface ManagementApi {
  readonly ref: string;
  thirdPartyAuth(): Promise<readonly ThirdPartyAuth[]>;
  thirdPartyKeys(): Promise<readonly ThirdPartyKeys[]>;
  /** The API has no update: a provider is deleted and made again. */
  addThirdPartyAuth(body: CreateThirdPartyAuthBody): Promise<void>;
  removeThirdPartyAuth(id: string): Promise<void>;
  authSettings(): Promise<AuthSettings>;
  /** Whether Supabase Auth makes accounts without a name. */
  takesAnonymousSignIns(): Promise<boolean>;
  setAuthSettings(changes: Partial<AuthSettings>): Promise<void>;
  /** Schemas that the Data API exposes, with commas between. */
  exposedSchemas(): Promise<string>;
  setExposedSchemas(schemas: string): Promise<void>;
  edgeFunctions(): Promise<readonly EdgeFunction[]>;
  /** `sb_publishable_…`, or the older anon key; undefined if the project has neither. */
  publishableKey(): Promise<string | undefined>;
  /** Runs SQL as `postgres`. Several statements are one transaction, and take no parameters. */
  query(sql: string, parameters: readonly unknown[]): Promise<readonly unknown[]>;
}

export interface ManagementApiOptions {
  readonly accessToken: string;
  readonly ref: string;
  /** Https, or a server of this machine. @default - https://api.supabase.com */
  readonly baseUrl?: string | undefined;
  /** Waits that many milliseconds. @default - a timer */
  readonly wait?: (ms: number) => Promise<unknown>;
}

/** Time limits of a request, in milliseconds. A migration or the first sync may take long. */
const TIME_LIMIT = 60_000;
const QUERY_TIME_LIMIT = 15 * 60_000;

/** Requests that the API refuses for their number are sent again, at most so often. */
const TRIES = 5;
const LONGEST_WAIT = 60_000;
/** If the API does not say how long. */
const USUAL_WAIT = 5_000;

const isRateLimit = (error: unknown): error is SupabaseManagementAPIError =>
  error instanceof SupabaseManagementAPIError && error.status === 429;

const HOSTED_API = 'https://api.supabase.com';

/** @throws KitError SETTING_INVALID */
function clientOf({ accessToken, baseUrl }: ManagementApiOptions): SupabaseManagementAPI {
  // fetch would show the token in its error.
  if (!/^[\x21-\x7e]+$/.test(accessToken))
    throw new KitError(
      'SETTING_INVALID',
      'SUPABASE_ACCESS_TOKEN has a line break, or another character that no token has',
      'copy the token again: it is sbp_ and 40 letters and digits',
    );
  const url = baseUrl || HOSTED_API;
  if (!isUsable(url))
    throw new KitError(
      'SETTING_INVALID',
      'SUPABASE_API_BASE_URL is not the address of a Management API',
      `it is such as ${HOSTED_API}; the access token is sent by https only, or on this machine`,
    );
  return new SupabaseManagementAPI({ accessToken, baseUrl: url.replace(/\/+$/, '') });
}

/** @throws KitError SETTING_INVALID; its methods as in api-errors.ts */
export function openManagementApi(options: ManagementApiOptions): ManagementApi {
  const { ref, wait = sleep } = options;
  const client = clientOf(options);

  async function call<T>(
    what: string,
    send: (request: RequestInit) => Promise<{ readonly data: T }>,
    limit = TIME_LIMIT,
  ): Promise<T> {
    for (let tries = 1; ; tries += 1) {
      try {
        // Another host would get the body: SQL and its parameters.
        const request: RequestInit = { redirect: 'error', signal: AbortSignal.timeout(limit) };
        return (await send(request)).data;
      } catch (error) {
        const pause = isRateLimit(error) ? (retryAfter(error.headers) ?? USUAL_WAIT) : undefined;
        if (pause === undefined || pause > LONGEST_WAIT || tries === TRIES)
          throw apiError(error, ref, what);
        await wait(pause);
      }
    }
  }

  /** An answer of another form is never taken as a state. */
  function checked<T>(schema: z.ZodType<T>, data: unknown, what: string): T {
    const result = schema.safeParse(data);
    if (result.success) return result.data;
    throw new KitError(
      'SUPABASE_REFUSED',
      `Supabase answered in another form than its API document says, when asked to ${what}`,
      'use a newer version of this command',
    );
  }

  async function read<T>(
    what: string,
    schema: z.ZodType<T>,
    send: (request: RequestInit) => Promise<{ readonly data: unknown }>,
  ): Promise<T> {
    return checked(schema, await call(what, send), what);
  }

  return {
    ref,
    thirdPartyAuth: () =>
      read('read third-party auth', z.array(thirdPartySchema), (request) =>
        client.listProjectTpaIntegrations(ref, request),
      ),
    thirdPartyKeys: () =>
      read('read third-party auth', z.array(thirdPartyKeysSchema), (request) =>
        client.listProjectTpaIntegrations(ref, request),
      ),
    addThirdPartyAuth: async (body) => {
      const what = 'add third-party auth';
      await call(what, (request) => client.createProjectTpaIntegration(ref, body, request));
    },
    removeThirdPartyAuth: async (id) => {
      const what = 'remove third-party auth';
      await call(what, (request) => client.deleteProjectTpaIntegration(ref, id, request));
    },
    authSettings: () =>
      read('read the settings of Supabase Auth', authSchema, (request) =>
        client.getAuthServiceConfig(ref, request),
      ),
    takesAnonymousSignIns: async () => {
      const what = 'read the settings of Supabase Auth';
      const settings = await read(what, anonymousSchema, (request) =>
        client.getAuthServiceConfig(ref, request),
      );
      return settings.external_anonymous_users_enabled === true;
    },
    setAuthSettings: async (changes) => {
      const what = 'change the settings of Supabase Auth';
      await call(what, (request) => client.updateAuthServiceConfig(ref, changes, request));
    },
    exposedSchemas: async () =>
      (
        await read('read the settings of the Data API', dataApiSchema, (request) =>
          client.getPostgrestServiceConfig(ref, request),
        )
      ).db_schema,
    setExposedSchemas: async (db_schema) => {
      const what = 'change the settings of the Data API';
      await call(what, (request) =>
        client.updatePostgrestServiceConfig(ref, { db_schema }, request),
      );
    },
    edgeFunctions: () =>
      read('read the Edge Functions', z.array(edgeFunctionSchema), (request) =>
        client.listAllFunctions(ref, request),
      ),
    publishableKey: async () => {
      const keys = await read('read the API keys', keysSchema, (request) =>
        client.getProjectApiKeys(ref, {}, request),
      );
      const newer = keys.find(({ type }) => type === 'publishable');
      return (newer ?? keys.find(({ name }) => name === 'anon'))?.api_key ?? undefined;
    },
    query: async (query, parameters) => {
      const body = { query, ...(parameters.length > 0 && { parameters: [...parameters] }) };
      const what = 'run SQL in the database';
      const send = (request: RequestInit) => client.runAQuery(ref, body, request);
      // The API's document says nothing of the answer. It is the rows.
      const rows: unknown = await call<unknown>(what, send, QUERY_TIME_LIMIT);
      return checked(z.array(z.unknown()), rows, what);
    },
  };
}
