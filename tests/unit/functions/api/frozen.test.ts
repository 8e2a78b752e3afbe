/** A function is frozen between two requests, and in the middle of one, as Lambda does it: its connections are dead then. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { listen } from '../../../../local/listen.ts';
import { CLAIMS, eventOf, SUB } from './support.ts';

const PROCESS = path.resolve(import.meta.dirname, 'frozen-process.ts');
const keys = await generateKeyPair('RS256');
const jwks = { keys: [{ ...(await exportJWK(keys.publicKey)), kid: 'k', alg: 'RS256' }] };
const ME = {
  profile: { id: SUB, cognito_sub: SUB, email: null },
  memberships: [],
  permissions: [],
};

/** Answers later, if the test holds it. */
const held = { answers: false, waiting: [] as ServerResponse[] };
const asked: string[] = [];
const server = createServer((request, response) => {
  request.resume();
  const { url = '' } = request;
  asked.push(url);
  response.setHeader('content-type', 'application/json');
  if (url.endsWith('jwks.json')) return void response.end(JSON.stringify(jwks));
  if (held.answers) return void held.waiting.push(response);
  response.end(JSON.stringify(url.endsWith('/me') ? ME : { id: SUB }));
});
// Idle connections end while the function is frozen.
server.keepAliveTimeout = 100;

let url: string;
let close: () => Promise<void>;
let child: ChildProcess;
let answers: AsyncIterator<string>;
let event: string;

beforeEach(async () => {
  asked.length = 0;
  const listening = await listen(server, 0);
  ({ close } = listening);
  url = `http://127.0.0.1:${listening.port}`;
  child = spawn(process.execPath, [PROCESS], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: {
      SUPABASE_URL: url,
      SUPABASE_PUBLISHABLE_KEY: 'sb_publishable_x',
      COGNITO_ISSUER: url,
      COGNITO_CLIENT_IDS: 'web',
    },
  });
  if (child.stdout === null) throw new Error('no output');
  answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const token = await new SignJWT(CLAIMS)
    .setProtectedHeader({ alg: 'RS256', kid: 'k' })
    .setIssuer(url)
    .setExpirationTime('5 minutes')
    .sign(keys.privateKey);
  event = JSON.stringify(
    eventOf({ method: 'GET', path: '/me' }, { authorization: `Bearer ${token}` }),
  );
});
afterEach(async () => {
  child.kill('SIGKILL');
  await once(child, 'exit');
  held.answers = false;
  held.waiting.length = 0;
  await close();
});

async function invoke(line: string) {
  child.stdin?.write(`${line}\n`);
  const { value } = await answers.next();
  return JSON.parse(value as string) as { answer: { statusCode: number }; queued: number };
}

async function freeze(ms: number): Promise<void> {
  child.kill('SIGSTOP');
  await delay(ms);
  child.kill('SIGCONT');
}

test('between two requests: the next one works', async () => {
  expect((await invoke(event)).answer.statusCode).toBe(200);
  for (let round = 0; round < 3; round += 1) {
    await freeze(400);
    expect((await invoke(event)).answer.statusCode).toBe(200);
  }
});

test('in the middle of one: it can be repeated, and the next one works', async () => {
  held.answers = true;
  const answer = invoke(event);
  while (held.waiting.length === 0) await delay(5);
  await freeze(5000);
  // Time has passed for the function, too.
  const { statusCode } = (await answer).answer;
  expect(statusCode).toBe(502);
  held.answers = false;
  expect((await invoke(event)).answer.statusCode).toBe(200);
});

test('the trigger of a confirmed account works after it, or leaves the event to the queue', async () => {
  const confirmed = JSON.stringify({
    triggerSource: 'PostConfirmation_ConfirmSignUp',
    userName: 'ann',
    request: { userAttributes: { sub: 's-1' } },
  });
  expect((await invoke(confirmed)).queued).toBe(0);
  await freeze(400);
  expect((await invoke(confirmed)).queued).toBe(0);
  held.answers = true;
  const answer = invoke(confirmed);
  while (held.waiting.length === 0) await delay(5);
  await freeze(4000);
  expect((await answer).queued).toBe(1);
});
