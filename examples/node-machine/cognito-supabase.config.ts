import { defineConfig } from 'cognito-supabase/config';

export default defineConfig({
  machines: [{ name: 'reports', scopes: ['letters/read'] }],
  // A program has no role of its own. The claim `service` is for the policy.
  preToken: { machineClaims: { 'letters/read': { role: 'authenticated', service: 'reports' } } },
});
