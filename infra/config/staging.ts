/** staging: like prod with smaller limits, and can be deleted. */
import type { StageSettings } from './settings.ts';

export const staging: StageSettings = {
  stage: 'staging',
  region: 'eu-central-1',
  removal: 'destroy',
  supabase: {
    url: 'https://your-staging-project.supabase.co',
    publishableKey: 'sb_publishable_your-staging-key',
  },
  pool: {
    mfa: 'optional',
    groups: [{ name: 'admin' }, { name: 'support' }],
  },
  preToken: { appRoleGroups: ['admin', 'support'] },
  functions: { tracing: true },
  clients: {
    web: {
      callbackUrls: ['https://staging.example.com/'],
      logoutUrls: ['https://staging.example.com/'],
    },
    machine: {
      resourceServer: 'https://api.staging.example.com',
      scopes: { 'rows:read': 'Read rows for the service' },
    },
  },
  login: { prefix: 'your-app-staging' },
  api: { corsOrigins: ['https://staging.example.com'] },
  reader: { accessKey: { serial: 1 } },
  operations: { alarms: { email: 'ops@example.com' }, dashboard: true },
};
