/** The Lambda entry of `GET /health`. It calls no other service. */
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { json } from './problem.ts';

/**
 * Answers 200. It does not call Supabase, because an outage there would count as one here, and because
 * anybody could cause calls to Supabase.
 */
export const handler = async (): Promise<APIGatewayProxyStructuredResultV2> =>
  json(200, { status: 'ok' });
