/**
 * The routes of the HTTP API, all of them. infra/ makes a function of each entry and wires it; a new
 * route is a line here and a file beside it.
 */
import type { ApiRoute } from '@cognito-supabase/contract/settings';

export const routes: readonly ApiRoute[] = [
  { method: 'GET', path: '/health', auth: 'none', entry: 'api/health.ts' },
  { method: 'GET', path: '/me', auth: 'token', entry: 'api/me.ts' },
];
