/**
 * The host: a process that starts Postgres for a project once, and gives each test file a stack on a copy of the
 * database. It ends by itself some seconds after the last test file.
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, rmdir } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { KitError } from '@cognito-supabase/contract/errors';
import { lockDir } from '@cognito-supabase/local/data-dir';
import { loadProjectConfig, type ProjectConfig } from '@cognito-supabase/local/project-config';
import { onSignals } from '@cognito-supabase/local/stopping';
import { inSentence } from '@cognito-supabase/local/system-errors';
import { getRequestListener, type HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import {
  type Failure,
  LOG,
  SOCKET,
  type StackAnswer,
  type StackRequest,
  type TokenMessage,
} from './protocol.ts';
import { startTestStack, type TestStack } from './stack.ts';
import { openTemplate, type Template } from './template.ts';

/** How long the host waits for another test file, in ms. */
const PATIENCE = 10_000;

function failureOf(error: unknown): Failure {
  const known = inSentence(error) ?? error;
  const message = known instanceof Error ? known.message : `${known}`;
  return known instanceof KitError ? { message, code: known.code, hint: known.hint } : { message };
}

const NO_ORIGINS: StackRequest = { origins: [] };

interface Project {
  readonly template: Template;
  readonly config: ProjectConfig;
}

class Host {
  readonly #dir: string;
  readonly #workdir: string;
  readonly #project: Promise<Project>;
  readonly #stacks = new Map<string, TestStack>();
  readonly #ending: () => void;
  /** A stack that is ready for the next test file. */
  #spare: Promise<TestStack | undefined> | undefined;
  #starting = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param ending called when nobody needs the host any more, or it cannot work */
  constructor(dir: string, workdir: string, ending: () => void) {
    this.#dir = dir;
    this.#workdir = workdir;
    this.#ending = ending;
    this.#project = this.#open(workdir);
    // Each request gets the reason.
    this.#project.catch(() => this.#wait());
  }

  async #open(workdir: string): Promise<Project> {
    const config = await loadProjectConfig(workdir);
    const template = await openTemplate(this.#dir, workdir);
    void template.exited.then(this.#ending);
    // Tests make their own people.
    return { template, config: { ...config, people: config.people ?? [] } };
  }

  async start(request: StackRequest): Promise<StackAnswer> {
    clearTimeout(this.#timer);
    this.#starting += 1;
    try {
      const project = await this.#project;
      const stack = (await this.#takeSpare(request)) ?? (await this.#make(project, request));
      this.#spare ??= this.#make(project, NO_ORIGINS).catch(() => undefined);
      const id = randomUUID();
      this.#stacks.set(id, stack);
      const { env, machines } = stack;
      return { id, env, machines };
    } finally {
      this.#starting -= 1;
      this.#wait();
    }
  }

  #make({ template, config }: Project, { origins }: StackRequest): Promise<TestStack> {
    const [dir, workdir] = [this.#dir, this.#workdir];
    return startTestStack({ template, dir, workdir, project: config, origins });
  }

  /** A stack knows from the start which web apps may call it. */
  async #takeSpare({ origins }: StackRequest): Promise<TestStack | undefined> {
    if (origins.length > 0) return undefined;
    const spare = this.#spare;
    this.#spare = undefined;
    return spare;
  }

  expired(id: string, token: string): Promise<string> {
    const stack = this.#stacks.get(id);
    if (stack === undefined) throw new Error('this stack has ended');
    return stack.expired(token);
  }

  /** Ends a stack. The second time it does nothing. */
  async stop(id: string): Promise<void> {
    const stack = this.#stacks.get(id);
    this.#stacks.delete(id);
    await stack?.stop();
    this.#wait();
  }

  /** Ends everything, and deletes it. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await Promise.all([...this.#stacks.keys()].map((id) => this.stop(id)));
    clearTimeout(this.#timer);
    await (await this.#spare)?.stop();
    const opened = await this.#project.catch(() => undefined);
    await opened?.template.close();
    await rm(this.#dir, { recursive: true, force: true });
  }

  #wait(): void {
    clearTimeout(this.#timer);
    if (this.#stacks.size + this.#starting > 0) return;
    this.#timer = setTimeout(this.#ending, PATIENCE);
  }
}

/** The routes. Any failure is told to the test file. */
function appOf(host: Host): Hono<{ Bindings: HttpBindings }> {
  const app = new Hono<{ Bindings: HttpBindings }>();
  app.post('/stacks', async (c) => {
    const request = await c.req.json<StackRequest>();
    // The answer is open until the test file ends it or is gone, which may be before the stack is ready.
    const gone = once(c.env.outgoing as ServerResponse, 'close');
    const answer = await host.start(request);
    void gone.then(() => host.stop(answer.id));
    const body = new ReadableStream({
      start: (stream) => stream.enqueue(new TextEncoder().encode(`${JSON.stringify(answer)}\n`)),
    });
    return new Response(body, { headers: { 'content-type': 'application/x-ndjson' } });
  });
  app.post('/stacks/:id/expired', async (c) => {
    const { token } = await c.req.json<TokenMessage>();
    const answer: TokenMessage = { token: await host.expired(c.req.param('id'), token) };
    return c.json(answer);
  });
  app.delete('/stacks/:id', async (c) => {
    await host.stop(c.req.param('id'));
    return c.body(null, 204);
  });
  app.onError((error, c) => c.json<Failure>(failureOf(error), 500));
  return app;
}

/**
 * @param args the folder for the lock and the socket, and the folder that has supabase/. If another host has the
 *   lock, this one ends with 0.
 */
export async function main([place = '', workdir = '']: readonly string[]): Promise<void> {
  let unlock: () => Promise<void>;
  try {
    unlock = await lockDir(place);
  } catch (error) {
    if (error instanceof KitError && error.code === 'DATA_DIR_IN_USE') return;
    throw error;
  }
  const socket = path.join(place, SOCKET);
  await rm(socket, { force: true });
  const dir = await mkdtemp(path.join(tmpdir(), 'cognito-supabase-'));
  // As root, Postgres runs as another user, who must be able to enter it.
  await chmod(dir, 0o711);
  let isEnding = false;
  const end = async (): Promise<void> => {
    if (isEnding) return;
    isEnding = true;
    // The next test file starts another host, so the place is free before everything has stopped.
    server.close();
    for (const name of [LOG, '.gitignore']) await rm(path.join(place, name), { force: true });
    await unlock();
    // It is not empty if the other host has begun.
    await rmdir(place).catch(() => undefined);
    await host.close();
    process.exit(0);
  };
  const host = new Host(dir, workdir, () => void end());
  const server = createServer(getRequestListener(appOf(host).fetch)).listen(socket);
  onSignals(() => void end());
}
