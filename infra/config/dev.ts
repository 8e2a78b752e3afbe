/** dev: cheap, and deleted by `cdk destroy`. Callbacks on this machine; no alarms, no firewall. */
import type { StageSettings } from './settings.ts';

export const dev: StageSettings = {
  stage: 'dev',
  region: 'eu-central-1',
  removal: 'destroy',
  supabase: {
    url: 'https://your-dev-project.supabase.co',
    publishableKey: 'sb_publishable_your-dev-key',
  },
  pool: {
    mfa: 'optional',
    groups: [{ name: 'admin' }, { name: 'support' }],
  },
  preToken: { appRoleGroups: ['admin', 'support'] },
  functions: { logDays: 7 },
  clients: {
    web: {
      callbackUrls: ['http://localhost:5173/'],
      logoutUrls: ['http://localhost:5173/'],
    },
  },
  login: { prefix: 'your-app-dev' },
  api: { corsOrigins: ['http://localhost:5173'] },
  reader: {},
};
