/** From an event of API Gateway to a response, for routes that want a token. */
import { API_ENV } from '@cognito-supabase/contract/settings';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { type Caller, type CallerEvent, requireAuth } from './caller.ts';
import { type DataApi, type DataApiSettings, dataApi } from './data-api.ts';
import { ApiError, json, problem } from './problem.ts';
import { type TokenSettings, tokenVerifier, type VerifyToken } from './verify-token.ts';

export interface RouteContext {
  readonly caller: Caller;
  /** With the caller's token. */
  readonly data: DataApi;
  /** Path parameters, by the names in the table of routes. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** The work of a route. Its result is the body of a 200. */
export type Work = (context: RouteContext) => Promise<unknown>;

export type RouteHandler = (event: CallerEvent) => Promise<APIGatewayProxyStructuredResultV2>;

interface RouteSettings {
  readonly data: DataApiSettings;
  readonly token: TokenSettings;
  readonly groups: readonly string[];
}

const listOf = (value = ''): readonly string[] => value.split(',').filter(Boolean);

/** @throws ApiError `NOT_CONFIGURED` */
function readSettings(env: NodeJS.ProcessEnv): RouteSettings {
  const need = (name: string): string => {
    const value = env[name];
    if (!value) throw new ApiError('NOT_CONFIGURED', `${name} is not set.`);
    return value;
  };
  return {
    data: {
      url: need(API_ENV.supabaseUrl).replace(/\/+$/, ''),
      publishableKey: need(API_ENV.publishableKey),
    },
    token: { issuer: need(API_ENV.issuer), clientIds: listOf(need(API_ENV.clientIds)) },
    groups: listOf(env[API_ENV.groups]),
  };
}

/** One verifier for each pool, because it keeps the keys. */
const verifiers = new Map<string, VerifyToken>();

function verifierOf(settings: TokenSettings): VerifyToken {
  const name = JSON.stringify(settings);
  const verify = verifiers.get(name) ?? tokenVerifier(settings);
  verifiers.set(name, verify);
  return verify;
}

/**
 * Makes the Lambda handler of a route.
 *
 * @param env Its settings. @default - the environment of the function
 */
export const route =
  (work: Work, env: NodeJS.ProcessEnv = process.env): RouteHandler =>
  async (event) => {
    try {
      const { data, token, groups } = readSettings(env);
      const caller = await requireAuth(event, verifierOf(token), groups);
      const parameters = new Map(
        Object.entries(event.pathParameters ?? {}).flatMap(([name, value]) =>
          value === undefined ? [] : [[name, value] as const],
        ),
      );
      return json(200, await work({ caller, data: dataApi(data, caller.token), parameters }));
    } catch (error) {
      return problem(error, event.requestContext?.requestId);
    }
  };
