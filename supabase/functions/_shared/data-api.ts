/** Calls functions of the database by the Data API. */
import { Refusal } from './answers.ts';

export interface Access {
  /** Of the project. */
  readonly url: string;
  readonly apiKey: string;
  /** Of the caller. @default - the key alone, which acts for the service if it is a secret one */
  readonly token?: string;
}

/** Answers that are meant for the caller, with the words of the database. */
const REFUSALS = new Map([
  [400, 'BAD_REQUEST'],
  [401, 'TOKEN_REFUSED'],
  [403, 'FORBIDDEN'],
]);

/** A legacy key is a token, and has to be sent as one, too. */
function headersOf({ apiKey, token }: Access): Record<string, string> {
  const bearer = token ?? (apiKey.startsWith('eyJ') ? apiKey : undefined);
  return {
    apikey: apiKey,
    'content-type': 'application/json',
    ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }),
  };
}

async function errorOf(response: Response, isCaller: boolean): Promise<Refusal> {
  const { status } = response;
  const body = (await response.json().catch(() => null)) as { readonly message?: unknown } | null;
  const code = isCaller ? REFUSALS.get(status) : undefined;
  if (code === undefined)
    return new Refusal(502, 'UPSTREAM_FAILED', `Supabase answered with ${status}.`);
  const text = typeof body?.message === 'string' ? body.message : 'Supabase refuses this.';
  return new Refusal(status, code, text);
}

/** @throws Refusal */
export async function rpc(access: Access, name: string, args: object = {}): Promise<unknown> {
  const response = await fetch(`${access.url}/rest/v1/rpc/${name}`, {
    method: 'POST',
    headers: headersOf(access),
    body: JSON.stringify(args),
    // A redirect would send the key to another host.
    redirect: 'error',
    signal: AbortSignal.timeout(5000),
  }).catch((cause: unknown) => {
    throw new Refusal(502, 'UPSTREAM_FAILED', 'Supabase did not answer.', { cause });
  });
  if (!response.ok) throw await errorOf(response, access.token !== undefined);
  return response.status === 204 ? null : response.json();
}
