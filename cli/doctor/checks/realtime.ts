/** Joins a channel of Realtime with the token. Nothing is sent on it. */
import type { DecodedToken } from '../../token/read-token.ts';
import { CouldNotSee, check, type With } from '../check.ts';
import { goodToken } from './token.ts';

/** Deadline for the answer, in milliseconds. */
const TIMEOUT = 5_000;

interface Reply {
  readonly event?: string;
  readonly payload?: { readonly status?: string; readonly response?: { readonly reason?: string } };
}

/** Realtime's own protocol: Phoenix channels, version 1.0.0. */
async function join(context: With<'dataApi'>, token: DecodedToken): Promise<Reply> {
  const { url, key } = context.dataApi;
  const address = `${url.replace(/^http/, 'ws')}/realtime/v1/websocket?vsn=1.0.0&apikey=${encodeURIComponent(key)}`;
  const socket = new WebSocket(address);
  const { promise, resolve, reject } = Promise.withResolvers<Reply>();
  const late = setTimeout(() => reject(new CouldNotSee('Realtime does not answer')), TIMEOUT);
  socket.addEventListener('error', () =>
    reject(new CouldNotSee('there is no Realtime at this address')),
  );
  socket.addEventListener('close', () => reject(new CouldNotSee('Realtime closed the connection')));
  socket.addEventListener('open', () => {
    const config = { broadcast: {}, presence: {}, postgres_changes: [], private: false };
    const payload = { config, access_token: token.raw };
    const topic = 'realtime:cognito-supabase-doctor';
    socket.send(JSON.stringify({ topic, event: 'phx_join', payload, ref: '1', join_ref: '1' }));
  });
  socket.addEventListener('message', ({ data }) => {
    const reply = JSON.parse(String(data)) as Reply;
    if (reply.event === 'phx_reply' || reply.event === 'phx_error') resolve(reply);
  });
  try {
    return await promise;
  } finally {
    clearTimeout(late);
    socket.close();
  }
}

export const realtime = check('Realtime with the token', ['dataApi', 'token'], async (context) => {
  const { event, payload } = await join(context, await goodToken(context));
  if (event === 'phx_reply' && payload?.status === 'ok') return [];
  const detail = payload?.response?.reason ?? payload?.status ?? 'no reason';
  return [{ id: 'realtime-refuses-token', place: context.dataApi.url, detail }];
});
