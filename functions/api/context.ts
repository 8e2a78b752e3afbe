/** What a handler gets: the caller, the checked input, and the Data API with the caller's token. */
import type { Context as HonoContext } from 'hono';
import * as z from 'zod/mini';
import { type Caller, type CallerEvent, requireAuth } from './caller.ts';
import { type DataApi, dataApi } from './data-api.ts';
import type { ApiParts } from './parts.ts';
import { ApiError } from './problem.ts';
import type { Route, RouteSchema } from './routes.ts';
import { tokenVerifier, type VerifyToken } from './verify-token.ts';

type Input<S, K extends string> =
  S extends Readonly<Record<K, infer T extends z.ZodMiniType>> ? z.output<T> : undefined;

interface Given<S extends RouteSchema> {
  readonly parameters: Input<S, 'parameters'>;
  readonly query: Input<S, 'query'>;
  readonly body: Input<S, 'body'>;
  /** As it was sent, for signatures. */
  readonly text: string;
  /** Reads a header, in any case. */
  readonly header: (name: string) => string | undefined;
  readonly parts: ApiParts;
}

interface Guarded {
  readonly caller: Caller;
  /** With the caller's token, so that the policies decide. */
  readonly data: DataApi;
  /** `app_users.id` of the caller, whose profile is made if there is none. It costs a call, so it is asked for. */
  readonly appUserId: () => Promise<string>;
}

export type RouteContext<R extends Route = Route> = Given<R['schema']> &
  (R['auth'] extends 'token' ? Guarded : unknown);

/** The work of a route. Its result is the body of the answer. */
export type Work<R extends Route> = (
  context: RouteContext<R>,
) => Promise<z.input<R['schema']['answer']>>;

/** An answer with another status than the route's. */
export class Accepted {
  readonly body: object;
  constructor(body: object) {
    this.body = body;
  }
}

/** One verifier for each pool, because it keeps the keys. */
const verifiers = new Map<string, VerifyToken>();

function verifierOf({ token }: ApiParts): VerifyToken {
  const settings = token();
  const name = JSON.stringify(settings);
  const verify = verifiers.get(name) ?? tokenVerifier(settings);
  verifiers.set(name, verify);
  return verify;
}

/** The first thing that is wrong, without the value. */
function check(place: string, schema: z.ZodMiniType | undefined, value: unknown): unknown {
  if (schema === undefined) return undefined;
  const { success, data, error } = z.safeParse(schema, value);
  if (success) return data;
  const [{ path = [], message = '' } = {}] = error.issues;
  throw new ApiError('BAD_REQUEST', `${[place, ...path].join('.')}: ${message}`);
}

/** Characters. API Gateway takes 10 MB, and nothing here needs more than this. */
const LONGEST_BODY = 100_000;

async function readBody(c: HonoContext, { body }: RouteSchema) {
  if (body === undefined) return { text: '', json: undefined };
  const text = await c.req.text();
  if (text.length > LONGEST_BODY) throw new ApiError('BAD_REQUEST', 'The body is too long.');
  try {
    return { text, json: JSON.parse(text) as unknown };
  } catch {
    throw new ApiError('BAD_REQUEST', 'The body is not JSON.');
  }
}

/** Milliseconds that all calls of a request have, so that the caller gets an answer before the function ends. */
const timeoutOf = ({ seconds = 5 }: Route): number => seconds * 1000 - 500;

async function guardedOf(event: CallerEvent, route: Route, parts: ApiParts): Promise<Guarded> {
  // Missing settings come first, because with them nobody could be let in.
  const project = parts.project();
  const caller = await requireAuth(event, verifierOf(parts), route);
  const data = dataApi({ ...project, timeout: timeoutOf(route) }, caller.token);
  const appUserId = async (): Promise<string> => {
    const { id } = (await data.rpc('ensure_profile')) as { readonly id?: unknown };
    if (typeof id !== 'string') throw new ApiError('UPSTREAM_FAILED', 'Supabase sent no profile.');
    return id;
  };
  return { caller, data, appUserId };
}

/** @throws ApiError for a caller or an input that the route does not take */
export async function contextOf(c: HonoContext, route: Route, parts: ApiParts) {
  const { schema } = route;
  // First who asks, so that nobody else learns what is wrong with the request.
  const event = c.env.event as CallerEvent;
  const guarded = route.auth === 'token' ? await guardedOf(event, route, parts) : undefined;
  const { text, json } = await readBody(c, schema);
  return {
    parameters: check('path', schema.parameters, c.req.param()),
    query: check('query', schema.query, c.req.query()),
    // A signature is checked before what was signed.
    body: route.auth === 'signature' ? json : check('body', schema.body, json),
    text,
    header: (name: string) => c.req.header(name),
    parts,
    ...guarded,
  };
}

/** Checks a body that could not be checked before its signature. @throws ApiError `BAD_REQUEST` */
export const checkBody = <S extends z.ZodMiniType>(schema: S, body: unknown): z.output<S> =>
  check('body', schema, body) as z.output<S>;
