import { createCognitoSupabase } from '@cognito-supabase/client';
import { amplifyAuth } from '@cognito-supabase/client/amplify';
import { CognitoSupabaseProvider } from '@cognito-supabase/client/react';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './App.tsx';
import { configureAmplify } from './auth/amplify.ts';
import { ConfigProblems } from './ConfigProblems.tsx';
import { readConfig, type WebConfig } from './config.ts';
import type { Database } from './data/database.types.ts';
import './styles/index.css';

/** Starts the app: Cognito's session gives the tokens, and Supabase gets them. */
const start = (config: WebConfig) => {
  configureAmplify(config);
  const kit = createCognitoSupabase<Database>({
    url: config.supabaseUrl,
    publishableKey: config.publishableKey,
    auth: amplifyAuth(),
  });
  return (
    <CognitoSupabaseProvider value={kit}>
      <App cognitoEndpoint={config.cognitoEndpoint} />
    </CognitoSupabaseProvider>
  );
};

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no element with the id "root".');

const settings = readConfig(import.meta.env);
createRoot(root).render(
  <StrictMode>
    {settings.ok ? start(settings.config) : <ConfigProblems problems={settings.problems} />}
  </StrictMode>,
);
