/**
 * All routes of the HTTP API. infra/ creates a function for each entry. A new route is a line here and a
 * handler file.
 */
import type { ApiRoute } from '@cognito-supabase/contract/settings';

export const routes: readonly ApiRoute[] = [
  { method: 'GET', path: '/health', auth: 'none', entry: 'api/health.ts' },
  { method: 'GET', path: '/me', auth: 'token', entry: 'api/me.ts' },
  { method: 'GET', path: '/workspaces/{id}', auth: 'token', entry: 'api/workspace.ts' },
];
