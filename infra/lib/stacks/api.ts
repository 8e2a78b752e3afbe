/** The API of a stage: its functions, the HTTP API, and the REST API if the settings want one. */
import { ApiFunctions, type FunctionDefaults, HttpApi, RestApi } from '@cognito-supabase/cdk';
import type { ApiRoute } from '@cognito-supabase/contract/settings';
import type { IUserPool } from 'aws-cdk-lib/aws-cognito';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { StageSettings } from '../../config/settings.ts';

export interface ApiOfStageProps {
  readonly settings: StageSettings;
  readonly functions: FunctionDefaults;
  readonly pool: IUserPool;
  readonly issuer: string;
  readonly clientIds: readonly string[];
  readonly routes: readonly ApiRoute[];
  readonly queue: IQueue | undefined;
}

export interface ApiOfStage {
  readonly http: HttpApi;
  readonly rest: RestApi | undefined;
}

/** Adds them to the scope. */
export function addApi(scope: Construct, props: ApiOfStageProps): ApiOfStage {
  const { settings, functions, pool, issuer, clientIds, routes, queue } = props;
  const { api, stage, supabase } = settings;
  if (api === undefined) throw new Error('the stage has no API');
  const { lambdas } = new ApiFunctions(scope, 'ApiFunctions', {
    ...functions,
    ...(api.functions && { functions: api.functions }),
    ...(api.webhook && { webhook: api.webhook }),
    ...{ pool, issuer, clientIds, routes, supabase, queue },
  });
  const { corsOrigins, throttle } = api;
  const shared = { corsOrigins, ...(throttle && { throttle }), routes, lambdas };
  const http = new HttpApi(scope, 'Api', {
    ...functions,
    ...shared,
    ...(api.domain && { domain: api.domain }),
    ...{ issuer, clientIds },
  });
  const rest = api.rest
    ? new RestApi(scope, 'RestApi', {
        ...shared,
        pool,
        name: `cognito-supabase-${stage}`,
        ...(functions.tracing !== undefined && { tracing: functions.tracing }),
      })
    : undefined;
  return { http, rest };
}
