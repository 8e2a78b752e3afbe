/** The HTTP API of functions/ on this machine: the same table of routes, behind a gateway that acts like AWS's. */
import { createServer } from 'node:http';
import type { ApiRoute } from '@cognito-supabase/contract/settings';
import type { ApiParts } from '@cognito-supabase/lambda/api/parts';
import { guardNodeRequest, localHosts } from '../http-guard.ts';
import { listen } from '../listen.ts';
import type { Entry, makeApiListener } from './app.ts';

export interface ApiOptions {
  readonly port: number;
  /** Web apps that may call it. */
  readonly origins: readonly string[];
  readonly issuer: string;
  readonly clientIds: readonly string[];
  /** What the handlers work with. @default - what their environment says */
  readonly parts?: ApiParts;
  /** @default - the table of functions/ */
  readonly routes?: readonly ApiRoute[];
  /** Loads the handler of a route. @default - from functions/ */
  readonly load?: (route: ApiRoute) => Promise<Entry>;
  /** Time limit of a function in milliseconds. @default - the limit of its route, as in infra/ */
  readonly timeout?: number;
}

/** The gateway and its framework are loaded with the first request, so that a start is fast. */
function lazyListener(options: ApiOptions) {
  let listener: Promise<ReturnType<typeof makeApiListener>> | undefined;
  const load = async () => (await import('./app.ts')).makeApiListener(options);
  return () => {
    listener ??= load();
    return listener;
  };
}

/** @throws KitError `PORT_TAKEN` */
export async function startApi(options: ApiOptions) {
  const listener = lazyListener(options);
  let hosts = localHosts(options.port);
  const server = createServer(async (request, response) => {
    if (guardNodeRequest(request, response, { hosts, origins: options.origins })) return;
    const answer = await listener();
    await answer(request, response);
  });
  const { port, close } = await listen(server, options.port);
  hosts = localHosts(port);
  return { url: `http://127.0.0.1:${port}`, close };
}
