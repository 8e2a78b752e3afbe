/** The Lambda handler of one route or of several. */

import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { handle } from 'hono/aws-lambda';
import { type AppOptions, type Implementation, makeApp } from './app.ts';
import type { ApiGatewayEvent, CallerEvent } from './caller.ts';
import { partsFromEnvironment } from './parts.ts';
import { problemOf } from './problem.ts';
import { reportToCloudWatch } from './report.ts';

export type LambdaHandler = (
  event: ApiGatewayEvent | CallerEvent,
  context?: unknown,
) => Promise<APIGatewayProxyStructuredResultV2>;

type HonoHandler = ReturnType<typeof handle>;

/** A GET has no body for Hono, and API Gateway passes one on that a client sends. */
function withoutBodyOfGet<E extends object>(event: E): E {
  const { httpMethod, requestContext } = event as {
    readonly httpMethod?: string;
    readonly requestContext?: { readonly http?: { readonly method?: string } };
  };
  const method = httpMethod ?? requestContext?.http?.method;
  return method === 'GET' || method === 'HEAD' ? { ...event, body: null } : event;
}

/**
 * Takes events of an HTTP API (payload format 2.0) and of a REST API (1.0).
 *
 * @param options @default - the environment of the function, logs and metrics in CloudWatch
 */
export function lambdaHandler(
  implementations: readonly Implementation[],
  options?: AppOptions,
): LambdaHandler {
  const chosen = options ?? { parts: partsFromEnvironment(), report: reportToCloudWatch() };
  const handleEvent = handle(makeApp(implementations, chosen));
  return async (event, context) => {
    try {
      const answer = await handleEvent(
        withoutBodyOfGet(event) as Parameters<HonoHandler>[0],
        context as Parameters<HonoHandler>[1],
      );
      return answer as APIGatewayProxyStructuredResultV2;
    } catch (error) {
      // Only for an event that is none.
      const { status, headers, body, code, cause } = problemOf(error);
      const ms = 0;
      chosen.report({
        ...{ route: 'unknown', status, requestId: undefined, code, ms },
        ...(cause && { cause }),
      });
      return { statusCode: status, headers, body: JSON.stringify(body) };
    }
  };
}
