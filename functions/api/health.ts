/**
 * `GET /health`. It does not call Supabase, because an outage there would count as one here, and because anybody could
 * cause calls to Supabase.
 */
import { implement } from './app.ts';
import { lambdaHandler } from './lambda.ts';
import { getHealth } from './routes.ts';

export const implementation = implement(getHealth, async () => ({ status: 'ok' as const }));

export const handler = lambdaHandler([implementation]);
