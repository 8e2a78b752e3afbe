/** The Lambda entry of `GET /health`: whether the function is there. It asks nobody else. */
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { json } from './respond.ts';

/**
 * Answers 200. A health check that asked Supabase would turn its outage into ours, and would be a
 * way for anybody to make us call it.
 */
export const handler = async (): Promise<APIGatewayProxyStructuredResultV2> =>
  json(200, { status: 'ok' });
