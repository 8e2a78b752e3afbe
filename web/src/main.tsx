import { fetchAuthSession, signOut } from 'aws-amplify/auth';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './App.tsx';
import { configureAmplify, listenToAuth, readClockDrift } from './auth/amplify.ts';
import { createSessionStore } from './auth/session-store.ts';
import { createTokenSource } from './auth/token.ts';
import { ConfigProblems } from './ConfigProblems.tsx';
import { readConfig, type WebConfig } from './config.ts';
import { createDataClient, keepRealtimeSignedIn } from './data/client.ts';
import './styles/index.css';

/** Starts the app: Amplify's session gives the tokens, and Supabase gets them. */
const start = (config: WebConfig) => {
  configureAmplify(config);
  const tokens = createTokenSource({ fetchSession: fetchAuthSession });

  // The first listener, so that later listeners get the new token after a change of account.
  listenToAuth(({ event }) => {
    if (event === 'signedIn' || event === 'signedOut') tokens.forget();
  });
  const session = createSessionStore({
    fetchSession: fetchAuthSession,
    signOut,
    listen: listenToAuth,
    readClockDrift,
  });
  const client = createDataClient(config, tokens, () => void session.end());
  keepRealtimeSignedIn(client, listenToAuth);

  // A page in the background may have missed events of other tabs.
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') void session.restore();
  });
  // Amplify ignores the event of a cleared localStorage, because it has no key.
  window.addEventListener('storage', ({ key }) => {
    if (key === null) void session.restore();
  });
  void session.restore();

  return <App session={session} client={client} cognitoEndpoint={config.cognitoEndpoint} />;
};

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no element with the id "root".');

const settings = readConfig(import.meta.env);
createRoot(root).render(
  <StrictMode>
    {settings.ok ? start(settings.config) : <ConfigProblems problems={settings.problems} />}
  </StrictMode>,
);
