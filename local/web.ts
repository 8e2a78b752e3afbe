/** The web app, served by Vite as its developers do, pointed at this stack. */
import { createServer } from 'node:http';
import path from 'node:path';
import type { StackEnv } from '@cognito-supabase/contract/settings';
import { createServer as createVite } from 'vite';
import { guardNodeRequest, localHosts } from './http-guard.ts';
import { listen } from './listen.ts';

const ROOT = path.resolve(import.meta.dirname, '..', 'web');

/** What the app reads from import.meta.env; nothing secret may be among it. */
const appEnv = (env: StackEnv): Record<string, string> => ({
  VITE_SUPABASE_URL: env.SUPABASE_URL,
  VITE_SUPABASE_PUBLISHABLE_KEY: env.SUPABASE_PUBLISHABLE_KEY,
  VITE_COGNITO_USER_POOL_ID: env.COGNITO_USER_POOL_ID,
  VITE_COGNITO_CLIENT_ID: env.COGNITO_CLIENT_ID,
  VITE_COGNITO_ENDPOINT: env.COGNITO_ENDPOINT,
});

/**
 * Starts the app at env.WEB_URL, on a server of our own: Vite's would end the process by itself at
 * SIGTERM, before the rest of the stack is stopped.
 *
 * @param cacheDir of this stack alone: two that share one rewrite each other's bundles.
 */
export async function startWeb(
  env: StackEnv,
  origins: readonly string[],
  cacheDir: string,
): Promise<{ close(): Promise<void> }> {
  const server = createServer();
  // Vite takes VITE_* from the environment of its process before any .env file.
  Object.assign(process.env, appEnv(env));
  const vite = await createVite({
    root: ROOT,
    configFile: path.join(ROOT, 'vite.config.ts'),
    cacheDir,
    clearScreen: false,
    logLevel: 'warn',
    appType: 'spa',
    server: { middlewareMode: true, hmr: { server } },
  });
  const { port, close } = await listen(server, Number(new URL(env.WEB_URL).port));
  const policy = { hosts: localHosts(port), origins };
  server.on('request', (request, response) => {
    if (!guardNodeRequest(request, response, policy)) vite.middlewares(request, response);
  });
  return {
    async close() {
      await vite.close();
      await close();
    },
  };
}
