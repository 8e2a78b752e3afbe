/** The development server of the web app serves the app, and no other file of the checkout. */
import { mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { Agent, request as httpRequest } from 'node:http';
import path from 'node:path';
import { clusterHome } from '@cognito-supabase/local/data-dir';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { removeDir, runStack, type StackProcess } from '../support/stack.ts';

const REPOSITORY = path.resolve(import.meta.dirname, '../..');
const agent = new Agent({ keepAlive: true });
let stack: StackProcess;
let dir: string;
let web: string;

// In the checkout, like the default folder, because Vite serves the checkout by default.
beforeAll(async () => {
  await mkdir(path.join(REPOSITORY, '.local'), { recursive: true });
  dir = await mkdtemp(path.join(REPOSITORY, '.local', 'served-'));
  stack = runStack(dir, ['--web', '--port', '0']);
  web = (await stack.ready()).WEB_URL;
});
afterAll(async () => {
  await stack.stop();
  agent.destroy();
  await removeDir(await clusterHome(dir));
  await removeDir(dir);
});

/** Sends the target as it is written; fetch() would resolve dots and encode. */
function get(target: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(web);
    const request = httpRequest({ agent, hostname, port, path: target }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
    request.on('error', reject);
    request.end();
  });
}

const encodeAll = (text: string): string =>
  [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');

/** All known URLs, including former vulnerabilities, that ask a Vite server for the file `file`. */
function formsOf(file: string): string[] {
  const up = path.relative(path.join(REPOSITORY, 'web'), file);
  const fromSource = path.relative(path.join(REPOSITORY, 'web', 'src'), file);
  const slashes = encodeURIComponent(file);
  const addresses = [
    file,
    `/@fs${file}`,
    `/@fs/${file}`,
    `//@fs${file}`,
    `/@FS${file}`,
    `/@fs${REPOSITORY}/web/src/../..${file.slice(REPOSITORY.length)}`,
    `/@fs/${slashes}`,
    `/@fs/${encodeURIComponent(slashes)}`,
    `/@fs/${encodeAll(file)}`,
    `/%40fs${file}`,
    `/@id/${file}`,
    `/@id/__x00__${file}`,
    `/@id/@fs${file}`,
    `/${up}`,
    `/src/${fromSource}`,
    `/${encodeURIComponent(up)}`,
    `/..%2f${path.basename(REPOSITORY)}${file.slice(REPOSITORY.length)}`,
    `/node_modules/.vite/web/deps/../../../..${file.slice(REPOSITORY.length)}`,
    `/src/main.tsx/../../..${file.slice(REPOSITORY.length)}`,
  ];
  const queries = [
    '',
    '?raw',
    '?import',
    '?import&raw',
    '?raw&import',
    '?raw??',
    '?import&raw??',
    '?url',
    '?import&?inline=1.wasm?init',
    '?inline&import',
    '?worker_file&type=module',
    '?html-proxy&index=0.js',
    '?v=1&raw#',
    '#/../x.html?raw',
    '%00',
    '%3Fraw',
    '/',
    '/.',
    '.svg?.wasm?init',
  ];
  return [
    ...queries.map((query) => `/@fs${file}${query}`),
    ...queries.map((query) => `${file}${query}`),
    ...addresses.flatMap((address) => [address, `${address}?raw`, `${address}?import&raw`]),
  ];
}

/** Files below `folder`, without those of Postgres, which has thousands of one kind. */
async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => !/\/(runtime|base|global|pg_[a-z]+)\//.test(file));
}

/** Whether an answer contains one of the file's longer words. */
function wordsOf(content: string): string[] {
  return [...new Set(content.match(/[^\s"',:{}[\]]{12,}/g) ?? [])].slice(0, 200);
}

/** @returns the number of words. */
async function expectKept(file: string): Promise<number> {
  const text = await readFile(file, 'utf8');
  // The refusal of Vite contains the served folders.
  const refusal = (await get(`${REPOSITORY}/LICENSE?raw`)).body;
  const words = wordsOf(text).filter((word) => !file.includes(word) && !refusal.includes(word));
  for (const form of formsOf(file)) {
    const { body } = await get(form);
    const leaked = words.filter((word) => body.includes(word) && !form.includes(word));
    // The app's page is the answer to unknown paths, and has some words in common with other files.
    if (body.includes('<div id="root">')) continue;
    expect({ form, leaked }).toEqual({ form, leaked: [] });
  }
  return words.length;
}

describe('no form of an address gives out', () => {
  test('a file of the data folder', async () => {
    const files = await filesBelow(dir);
    const names = files.map((file) => path.relative(dir, file));
    expect(names).toEqual(
      expect.arrayContaining(['state.json', 'stack.env', 'cognito/cognito.sqlite']),
    );
    for (const file of files) {
      const looked = await expectKept(file);
      if (/state\.json|stack\.env|cognito\.sqlite-wal/.test(file))
        expect(looked).toBeGreaterThan(2);
    }
  });

  test.each([
    'package.json',
    '.gitignore',
    'local/start.ts',
    'local/postgres/platform.sql',
    'supabase/config.toml',
    'web/package.json',
    'web/csp.ts',
    'infra/config/prod.ts',
    'node_modules/vite/package.json',
  ])('%s', async (name) => {
    expect(await expectKept(path.join(REPOSITORY, name))).toBeGreaterThan(0);
  });

  test('what a link in the served sources leads to', async () => {
    const link = path.join(REPOSITORY, 'web', 'src', `link-${path.basename(dir)}.json`);
    await symlink(path.join(dir, 'state.json'), link);
    try {
      const { body } = await get(`/@fs${link}?raw`);
      expect(body).not.toContain('sb_secret_');
    } finally {
      await rm(link);
    }
  });
});

test('the channel that tells the browser of changes reads no file either', async () => {
  const client = (await get('/@vite/client')).body;
  const token = client.match(/wsToken = "([^"]+)"/)?.[1];
  expect(token).toBeDefined();
  const socket = new WebSocket(`${web.replace('http', 'ws')}/?token=${token}`, 'vite-hmr');
  const heard: string[] = [];
  socket.addEventListener('message', ({ data }) => heard.push(String(data)));
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve, { once: true });
    socket.addEventListener('error', () => reject(new Error('no channel')), { once: true });
  });
  const forms = formsOf(path.join(dir, 'state.json')).filter((form) => !form.includes('\0'));
  forms.forEach((id, index) => {
    const data = { name: 'fetchModule', id: `send:${index}`, data: [id] };
    socket.send(JSON.stringify({ type: 'custom', event: 'vite:invoke', data }));
  });
  await expect.poll(() => heard.length, { timeout: 10_000 }).toBeGreaterThanOrEqual(forms.length);
  socket.close();
  const { secretKey } = JSON.parse(await readFile(path.join(dir, 'state.json'), 'utf8'));
  expect(heard.join('\n')).not.toContain(secretKey);
});

test('the app itself is served whole', async () => {
  const page = await get('/');
  expect(page.body).toContain('<div id="root">');
  for (const target of ['/src/main.tsx', '/@vite/client', '/@react-refresh', '/favicon.svg']) {
    expect((await get(target)).status, target).toBe(200);
  }
  const main = (await get('/src/main.tsx')).body;
  const imports = [...main.matchAll(/from "([^"]+)"/g)].map((match) => match[1] ?? '');
  expect(imports.length).toBeGreaterThan(3);
  for (const target of imports) expect((await get(target)).status, target).toBe(200);
});
