/** A Supabase project, with its secret key: people of its Auth, and functions of its database. */
import { KitError } from '@cognito-supabase/contract/errors';
import { printable } from '@cognito-supabase/local/printable';
import { type AdminUserAttributes, createClient, type User } from '@supabase/supabase-js';
import { type RetryContext, retrying } from '../directory/retry.ts';
import { makePatientFetch } from './patient-fetch.ts';

export interface ProjectSettings {
  readonly url: string;
  /** It is never printed. */
  readonly secretKey: string;
  /** Names of the two in the environment. */
  readonly variables: { readonly url: string; readonly secretKey: string };
}

/** An answer that is no success, or a missing one. */
export class ProjectError extends Error {
  override readonly name = 'ProjectError';
  /** 0 without an answer. */
  readonly status: number;
  readonly code: string | undefined;

  constructor(message: string, status: number, code: string | undefined) {
    super(printable(message));
    this.status = status;
    this.code = code;
  }
}

export interface Project {
  listPage(page: number): Promise<{ readonly users: readonly User[]; readonly total: number }>;
  /** One try. @throws ProjectError */
  create(attributes: AdminUserAttributes): Promise<void>;
  /** One try. @throws ProjectError */
  find(id: string): Promise<User | undefined>;
  /** Tries again. @throws ProjectError, KitError */
  rpc(name: string, args: object): Promise<unknown>;
  /** Tries again after failures that pass. @throws ProjectError, KitError */
  call<T>(send: (before: number) => Promise<T>): Promise<T>;
}

export const PER_PAGE = 1000;

const DEADLOCK = '40P01';

/** No answer, a server error, or a deadlock. Too many requests were waited for already. */
export const mayPass = (error: unknown): boolean =>
  error instanceof ProjectError &&
  (error.status === 0 || error.status >= 500 || error.code === DEADLOCK);

/** A KitError for what holds for everybody. Other errors stay as they are. */
function forEverybody(error: unknown, { url, variables }: ProjectSettings): unknown {
  if (!(error instanceof ProjectError)) return error;
  const { status, message } = error;
  if (status === 401 || status === 403)
    return new KitError(
      'SUPABASE_KEY_REFUSED',
      `${url} does not accept ${variables.secretKey} (${message})`,
      `set ${variables.secretKey} to a secret key of this project (sb_secret_…)`,
    );
  if (status === 429)
    return new KitError(
      'RATE_LIMITED',
      `${url} takes no more requests for now`,
      'wait a few minutes; the same command continues from here',
    );
  // 500 may be about one person, such as a trigger of the project that fails.
  if (status !== 500 && mayPass(error))
    return new KitError(
      'SUPABASE_UNREACHABLE',
      `${url} gives no usable answer (${message})`,
      'run the same command again; it continues from here',
    );
  return error;
}

interface Refusal {
  readonly message: string;
  readonly status?: number | undefined;
  readonly code?: string | undefined;
  readonly name?: string;
}

/** AuthUnknownError is an answer that could not be read. */
const toError = ({ message, status = 0, code, name }: Refusal): ProjectError =>
  new ProjectError(message, name === 'AuthUnknownError' ? 0 : status, code);

export function openProject(settings: ProjectSettings, given: RetryContext): Project {
  const context = { ...given, isTransient: mayPass };
  const { auth, rpc } = (() => {
    const client = createClient(settings.url, settings.secretKey, {
      auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
      global: { fetch: makePatientFetch(context) },
    });
    return { auth: client.auth.admin, rpc: client.rpc.bind(client) };
  })();

  async function call<T>(send: (before: number) => Promise<T>): Promise<T> {
    try {
      return await retrying(context, send);
    } catch (error) {
      context.signal.throwIfAborted();
      throw forEverybody(error, settings);
    }
  }

  return {
    call,
    listPage: (page) =>
      call(async () => {
        const { data, error } = await auth.listUsers({ page, perPage: PER_PAGE });
        if (error) throw toError(error);
        return { users: data.users, total: data.total };
      }),
    create: async (attributes) => {
      const { error } = await auth.createUser(attributes);
      if (error) throw toError(error);
    },
    find: async (id) => {
      const { data, error } = await auth.getUserById(id);
      if (error?.status === 404) return undefined;
      if (error) throw toError(error);
      return data.user;
    },
    rpc: (name, args) =>
      call(async () => {
        const { data, error, status } = await rpc(name, args);
        if (error) throw toError({ ...error, status });
        return data;
      }),
  };
}
