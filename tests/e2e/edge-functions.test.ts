/** The edge functions, run by Deno, against the stack: whom they let in, and what they do. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createClient } from '@supabase/supabase-js';
import { SignJWT } from 'jose';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newPerson, type Person } from '../support/people.ts';
import { stackEnv } from '../support/stack.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const DENO = path.join(ROOT, 'node_modules/.bin/deno');
const SECRET = `whsec_${Buffer.from('a secret of this test, of some length').toString('base64')}`;
const ORIGIN = 'https://app.example.com';
const stack = stackEnv();
const service = createClient(stack.SUPABASE_URL, stack.SUPABASE_SECRET_KEY);

interface Served {
  readonly url: string;
  readonly output: () => string;
  stop(): Promise<void>;
}

/** Runs a function as the platform does: with its own deno.json, the variables it gives, and no other rights. */
async function serve(name: string, env: Readonly<Record<string, string>>): Promise<Served> {
  const folder = path.join(ROOT, 'supabase/functions', name);
  const child: ChildProcess = spawn(
    DENO,
    [
      ...['run', '--check', '--no-prompt', '--no-remote', '--no-lock'],
      ...['--node-modules-dir=manual', '--allow-env', '--allow-net=127.0.0.1'],
      ...[`--config=${path.join(folder, 'deno.json')}`, path.join(folder, 'index.ts')],
    ],
    {
      env: {
        PATH: process.env.PATH ?? '',
        NO_COLOR: '1',
        DENO_SERVE_ADDRESS: 'tcp:127.0.0.1:0',
        ...env,
      },
      // A group of its own, because the program of npm's package starts the real one.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let output = '';
  const url = await new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      output += chunk;
      const [found] = /http:\/\/127\.0\.0\.1:\d+/.exec(output) ?? [];
      if (found) resolve(found);
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.on('exit', () => reject(new Error(output)));
  });
  return {
    url,
    output: () => output,
    stop: async () => {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
  };
}

let me: Served;
let webhook: Served;
let ada: Person;
beforeAll(async () => {
  const { SUPABASE_URL } = stack;
  [me, webhook, ada] = await Promise.all([
    serve('me', {
      SUPABASE_URL,
      SUPABASE_PUBLISHABLE_KEYS: JSON.stringify({ default: stack.SUPABASE_PUBLISHABLE_KEY }),
      COGNITO_ISSUER: stack.COGNITO_ISSUER,
      COGNITO_CLIENT_IDS: stack.COGNITO_CLIENT_ID,
      ALLOWED_ORIGINS: ORIGIN,
    }),
    serve('cognito-webhook', {
      SUPABASE_URL,
      SUPABASE_SECRET_KEYS: JSON.stringify({ default: stack.SUPABASE_SECRET_KEY }),
      WEBHOOK_SECRET: SECRET,
    }),
    newPerson('ada'),
  ]);
});
afterAll(async () => {
  await Promise.all([me?.stop(), webhook?.stop()]);
});

const ask = async (authorization?: string, headers: Record<string, string> = {}) => {
  const response = await fetch(me.url, {
    headers: { ...(authorization !== undefined && { authorization }), ...headers },
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
};

describe('me', () => {
  test('is the profile of the caller, as the API has it', async () => {
    const { status, body } = await ask(`Bearer ${ada.accessToken}`);
    expect(status).toBe(200);
    expect(body.profile.cognito_sub).toBe(ada.sub);
    const api = await fetch(`${stack.API_URL}/me`, {
      headers: { authorization: `Bearer ${ada.accessToken}` },
    });
    expect(body).toEqual(await api.json());
  });

  test('refuses everything else with 401', async () => {
    const forged = await new SignJWT({ sub: ada.sub, token_use: 'access', client_id: 'x' })
      .setProtectedHeader({ alg: 'HS256' })
      .setIssuer(stack.COGNITO_ISSUER)
      .setExpirationTime('5 minutes')
      .sign(new TextEncoder().encode(stack.SUPABASE_PUBLISHABLE_KEY.padEnd(32)));
    const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.e30.x`;
    for (const token of [
      undefined,
      '',
      'Bearer',
      `Bearer ${ada.idToken}`,
      `Bearer ${ada.accessToken}x`,
      `Bearer ${forged}`,
      `Bearer ${unsigned}`,
      `Bearer ${stack.SUPABASE_SECRET_KEY}`,
    ]) {
      const { status, body, headers } = await ask(token);
      expect(status).toBe(401);
      expect(body.code).toBe('TOKEN_REFUSED');
      expect(headers.get('content-type')).toBe('application/problem+json');
    }
  });

  test('leaves the rest to the database: a disabled person does not count', async () => {
    const eve = await newPerson('eve');
    expect((await ask(`Bearer ${eve.accessToken}`)).status).toBe(200);
    await service.rpc('disable_user', { sub: eve.sub }).throwOnError();
    const { status, body } = await ask(`Bearer ${eve.accessToken}`);
    expect({ status, detail: body.detail }).toEqual({
      status: 403,
      detail: 'the person is disabled',
    });
  });

  test('lets the web app call, and no other page', async () => {
    const own = await fetch(me.url, { method: 'OPTIONS', headers: { origin: ORIGIN } });
    expect(own.headers.get('access-control-allow-origin')).toBe(ORIGIN);
    const foreign = await ask(`Bearer ${ada.accessToken}`, { origin: 'https://evil.example' });
    expect(foreign.headers.get('access-control-allow-origin')).toBeNull();
  });

  test('has logged no token and no address', () => {
    expect(me.output()).not.toMatch(/eyJ|@example|sb_/);
  });
});

describe('cognito-webhook', () => {
  const post = (body: string, headers: Record<string, string>) =>
    fetch(webhook.url, { method: 'POST', headers, body });
  const signed = (body: string, at = new Date(), id: string = crypto.randomUUID()) => ({
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': new Webhook(SECRET).sign(id, at, body),
  });

  test('applies a signed event once', async () => {
    const eve = await newPerson('eve');
    const body = JSON.stringify({
      kind: 'disabled',
      sub: eve.sub,
      occurred_at: new Date().toISOString(),
    });
    const headers = signed(body);
    expect(await (await post(body, headers)).json()).toEqual({ applied: true });
    expect(await (await post(body, headers)).json()).toEqual({ applied: false });
    expect((await ask(`Bearer ${eve.accessToken}`)).status).toBe(403);
  });

  test('refuses old, foreign and missing signatures, and bodies that are no event', async () => {
    const body = JSON.stringify({
      kind: 'disabled',
      sub: ada.sub,
      occurred_at: new Date().toISOString(),
    });
    const old = new Date(Date.now() - 6 * 60_000);
    expect((await post(body, signed(body, old))).status).toBe(401);
    expect((await post(body, {})).status).toBe(401);
    expect((await post(`${body} `, signed(body))).status).toBe(401);
    for (const wrong of ['null', '[]', 'x', '{"kind":"disabled","role":"admin"}'])
      expect((await post(wrong, signed(wrong))).status).toBe(400);
    expect((await fetch(webhook.url)).status).toBe(405);
    expect((await ask(`Bearer ${ada.accessToken}`)).status).toBe(200);
  });

  test('has logged no key, no secret and no sub', () => {
    expect(webhook.output()).not.toMatch(/sb_|whsec|[\da-f]{8}-[\da-f]{4}/);
  });
});
