import { countLetters } from './report.ts';

function setting(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}

const count = await countLetters(
  { url: setting('SUPABASE_URL'), publishableKey: setting('SUPABASE_PUBLISHABLE_KEY') },
  {
    tokenEndpoint: setting('COGNITO_TOKEN_ENDPOINT'),
    clientId: setting('MACHINE_REPORTS_CLIENT_ID'),
    clientSecret: setting('MACHINE_REPORTS_CLIENT_SECRET'),
  },
);
console.log(`letters: ${count}`);
