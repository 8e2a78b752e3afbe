/** The web app, served by Vite as its developers do, pointed at this stack. */
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { StackEnv } from '@cognito-supabase/contract/settings';
import { createServer as createVite } from 'vite';
import { type GuardPolicy, guardNodeRequest, guardRequest, localHosts } from './http-guard.ts';
import { listen } from './listen.ts';
import { answersOnly, type ServedFolders } from './served-files.ts';

const REPOSITORY = path.resolve(import.meta.dirname, '..');
const ROOT = path.join(REPOSITORY, 'web');

/** What the app imports. Vite's default is the whole checkout, with the keys of the stack in it. */
const SOURCES = [path.join(ROOT, 'index.html'), path.join(ROOT, 'src'), path.join(ROOT, 'public')];
const CONTRACT = path.join(REPOSITORY, 'contract');

/** What the app reads from import.meta.env; nothing secret may be among it. */
const appEnv = (env: StackEnv): Record<string, string> => ({
  VITE_SUPABASE_URL: env.SUPABASE_URL,
  VITE_SUPABASE_PUBLISHABLE_KEY: env.SUPABASE_PUBLISHABLE_KEY,
  VITE_COGNITO_USER_POOL_ID: env.COGNITO_USER_POOL_ID,
  VITE_COGNITO_CLIENT_ID: env.COGNITO_CLIENT_ID,
  VITE_COGNITO_ENDPOINT: env.COGNITO_ENDPOINT,
});

/**
 * Vite's bundles of the app's libraries are served, so they are kept apart from the data folder: in
 * node_modules for the default one, which only one stack can use at a time. Two stacks that share
 * them rewrite each other's, so any other folder gets its own until the stop.
 */
async function bundleCache(isShared: boolean): Promise<{ dir: string; remove(): Promise<void> }> {
  if (isShared) {
    return { dir: path.join(REPOSITORY, 'node_modules', '.vite', 'web'), remove: async () => {} };
  }
  const dir = await realpath(await mkdtemp(path.join(tmpdir(), 'cognito-supabase-web-')));
  return { dir, remove: () => rm(dir, { recursive: true, force: true }) };
}

/** The socket over which Vite tells the page of changes. */
function isViteSocket(request: IncomingMessage, policy: GuardPolicy): boolean {
  const { method = 'GET', headers, socket } = request;
  if (guardRequest({ method, headers, remote: socket.remoteAddress }, policy)) return false;
  const protocol = headers['sec-websocket-protocol'] ?? '';
  return headers.upgrade?.toLowerCase() === 'websocket' && /^vite-(hmr|ping)$/.test(protocol);
}

/**
 * Starts the app at env.WEB_URL, on a server of our own: Vite's would end the process by itself at
 * SIGTERM, before the rest of the stack is stopped.
 *
 * @param dataDir of the stack: nothing in it is served.
 */
export async function startWeb(
  env: StackEnv,
  origins: readonly string[],
  dataDir: string,
): Promise<{ close(): Promise<void> }> {
  const server = createServer();
  const cache = await bundleCache(dataDir === path.join(REPOSITORY, '.local'));
  const served: ServedFolders = { allowed: [...SOURCES, CONTRACT, cache.dir], refused: dataDir };
  // Vite takes VITE_* from the environment of its process before any .env file.
  Object.assign(process.env, appEnv(env));
  const vite = await createVite({
    root: ROOT,
    configFile: path.join(ROOT, 'vite.config.ts'),
    cacheDir: cache.dir,
    clearScreen: false,
    logLevel: 'warn',
    appType: 'spa',
    server: {
      middlewareMode: true,
      hmr: { server },
      fs: { strict: true, allow: [...served.allowed] },
    },
  });
  const { port, close } = await listen(server, Number(new URL(env.WEB_URL).port));
  const policy = { hosts: localHosts(port), origins };
  server.on('upgrade', (request: IncomingMessage, socket: Socket) => {
    // Vite takes its own and leaves the others waiting for ever.
    if (isViteSocket(request, policy)) return;
    socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
  });
  const isServed = answersOnly(served);
  server.on('request', async (request, response) => {
    if (guardNodeRequest(request, response, policy)) return;
    // Vite's own pages need inline scripts, so the built app's whole policy cannot be sent here.
    response.setHeader('content-security-policy', "frame-ancestors 'none'");
    response.setHeader('x-frame-options', 'DENY');
    response.setHeader('x-content-type-options', 'nosniff');
    // One origin for the app: another process may listen on the other address of `localhost`.
    if (request.headers.host?.toLowerCase() !== new URL(env.WEB_URL).host) {
      // Not by URL: `//` at the beginning of an address would name another host.
      const target = request.url?.startsWith('/') ? request.url : '/';
      response.writeHead(307, { location: `${env.WEB_URL}${target}` });
      return response.end();
    }
    if (await isServed(request.url ?? '/')) return vite.middlewares(request, response);
    response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' });
    response.end('There is no such file in the app.\n');
  });
  return {
    async close() {
      // Vite waits for the answers that it owes.
      await Promise.allSettled([close(), vite.close()]);
      await cache.remove();
    },
  };
}
