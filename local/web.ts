/** Serves the web app by Vite, with the settings of this stack. */
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

/**
 * Files that the app imports. Vite's default is the whole checkout, which contains the keys of the stack.
 */
const SOURCES = [path.join(ROOT, 'index.html'), path.join(ROOT, 'src'), path.join(ROOT, 'public')];
const CONTRACT = path.join(REPOSITORY, 'contract');
/** The client package, whose sources the app imports. */
const CLIENT = path.join(REPOSITORY, 'client', 'src');

/** Variables that the app reads from import.meta.env. None may be secret. */
const appEnv = (env: StackEnv): Record<string, string> => ({
  VITE_SUPABASE_URL: env.SUPABASE_URL,
  VITE_SUPABASE_PUBLISHABLE_KEY: env.SUPABASE_PUBLISHABLE_KEY,
  VITE_COGNITO_USER_POOL_ID: env.COGNITO_USER_POOL_ID,
  VITE_COGNITO_CLIENT_ID: env.COGNITO_CLIENT_ID,
  VITE_COGNITO_ENDPOINT: env.COGNITO_ENDPOINT,
});

/**
 * The folder for Vite's bundles of libraries. They are served, so they are not in the data folder. The
 * default stack uses node_modules. Stacks that share the folder would overwrite each other's bundles, so
 * any other stack gets a temporary folder.
 */
async function bundleCache(isShared: boolean): Promise<{ dir: string; remove(): Promise<void> }> {
  if (isShared) {
    return { dir: path.join(REPOSITORY, 'node_modules', '.vite', 'web'), remove: async () => {} };
  }
  const dir = await realpath(await mkdtemp(path.join(tmpdir(), 'cognito-supabase-web-')));
  return { dir, remove: () => rm(dir, { recursive: true, force: true }) };
}

/** The socket that Vite uses to announce changes to the page. */
function isViteSocket(request: IncomingMessage, policy: GuardPolicy): boolean {
  const { method = 'GET', headers, socket } = request;
  if (guardRequest({ method, headers, remote: socket.remoteAddress }, policy)) return false;
  const protocol = headers['sec-websocket-protocol'] ?? '';
  return headers.upgrade?.toLowerCase() === 'websocket' && /^vite-(hmr|ping)$/.test(protocol);
}

/**
 * Starts the app at env.WEB_URL on our own server, because Vite's server ends the process at SIGTERM,
 * before the rest of the stack is stopped.
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
  const served: ServedFolders = {
    allowed: [...SOURCES, CONTRACT, CLIENT, cache.dir],
    refused: dataDir,
  };
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
    // Vite answers its own upgrade requests and never answers others.
    if (isViteSocket(request, policy)) return;
    socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
  });
  const isServed = answersOnly(served);
  server.on('request', async (request, response) => {
    if (guardNodeRequest(request, response, policy)) return;
    // Vite's pages need inline scripts, so the full policy of the built app cannot be sent here.
    response.setHeader('content-security-policy', "frame-ancestors 'none'");
    response.setHeader('x-frame-options', 'DENY');
    response.setHeader('x-content-type-options', 'nosniff');
    // The app has one origin, because another process may listen on the other address of `localhost`.
    if (request.headers.host?.toLowerCase() !== new URL(env.WEB_URL).host) {
      // Not by `URL`, because `//` at the beginning would name another host.
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
      // Vite waits for pending requests.
      await Promise.allSettled([close(), vite.close()]);
      await cache.remove();
    },
  };
}
