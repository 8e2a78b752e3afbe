/** An older Supabase project with people in it: the Auth API of @supabase/lite, in memory. */
import { createServer } from 'node:http';
import { listen } from '@cognito-supabase/local/listen';
import { getRequestListener } from '@hono/node-server';
import { App } from '@supabase/lite';
import { createConnection } from '@supabase/lite/sqlite';

export interface OldProject {
  readonly url: string;
  readonly publishableKey: string;
  /** Makes a confirmed account, and returns its id. */
  signUp(email: string, password: string): Promise<string>;
  close(): Promise<void>;
}

export async function startOldProject(): Promise<OldProject> {
  const publishableKey = 'sb_publishable_of_the_old_project';
  const app = new App({
    connection: createConnection({ url: ':memory:' }),
    auth: {
      enabled: true,
      publishable_key: publishableKey,
      jwt_secret: 'only-for-this-run-only-for-this-run',
      email: { enable_signup: true, enable_confirmations: false },
    },
    options: { server: { apiKeys: false, disableStudio: true } },
  } as unknown as ConstructorParameters<typeof App>[0]);
  await app.ensureSystemSchema();
  const fetchApp = async (request: Request): Promise<Response> => app.fetch(request);
  const server = createServer(getRequestListener(fetchApp, { overrideGlobalObjects: false }));
  const { port, close } = await listen(server, 0);
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    publishableKey,
    close,
    signUp: async (email, password) => {
      const response = await fetch(`${url}/auth/v1/signup`, {
        method: 'POST',
        headers: { apikey: publishableKey, 'content-type': 'application/json' },
        body: JSON.stringify({ email, password }),
      });
      const { user } = (await response.json()) as { readonly user: { readonly id: string } };
      return user.id;
    },
  };
}
