/**
 * prod: kept and protected from deletion, with alarms and a firewall, and a client for each kind of
 * program.
 */
import type { StageSettings } from './settings.ts';

export const prod: StageSettings = {
  stage: 'prod',
  region: 'eu-central-1',
  removal: 'retain',
  supabase: {
    url: 'https://your-prod-project.supabase.co',
    publishableKey: 'sb_publishable_your-prod-key',
  },
  pool: {
    mfa: 'optional',
    threatProtection: 'enforce',
    groups: [
      { name: 'admin', description: 'Run the service' },
      { name: 'support', description: 'Look people up' },
    ],
    email: { from: 'no-reply@example.com', fromName: 'Example' },
  },
  preToken: { appRoleGroups: ['admin', 'support'] },
  functions: { logDays: 365, tracing: true },
  clients: {
    web: {
      callbackUrls: ['https://app.example.com/'],
      logoutUrls: ['https://app.example.com/'],
      tokenMinutes: 30,
    },
    machine: {
      resourceServer: 'https://api.example.com',
      scopes: { 'rows:read': 'Read rows for the service' },
    },
  },
  login: { prefix: 'your-app' },
  api: { corsOrigins: ['https://app.example.com'] },
  reader: { accessKey: { serial: 1 } },
  operations: { alarms: { email: 'ops@example.com' }, dashboard: true, firewall: { pool: true } },
};
