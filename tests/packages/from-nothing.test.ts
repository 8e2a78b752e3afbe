/** docs/from-nothing.md: from an empty folder to a row of somebody who is signed in, as the page says. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listen } from '../../local/listen.ts';
import { startBrowser, type TestBrowser } from '../support/browser.ts';
import { Page } from '../support/page.ts';
import { ROOT, StrangersProject } from './strangers-project.ts';

const run = promisify(execFile);
const VITE = 'node_modules/vite/bin/vite.js';
const COMMANDS = [
  /^npm create vite@latest \. -- (--template react-ts --no-interactive)$/,
  /^npm install @cognito-supabase\/client cognito-supabase @supabase\/supabase-js aws-amplify$/,
  /^npx cognito-supabase (dev --with example --yes) -- npm run dev$/,
];

let page: Page;
let project: StrangersProject;
let browser: TestBrowser;
let app: ChildProcess | undefined;
let origin: string;

/** The stack, and Vite beside it. Ready when Vite says where it is. */
async function startDev(options: readonly string[], port: number): Promise<ChildProcess> {
  const vite = [process.execPath, VITE, '--host', 'localhost', '--port', `${port}`, '--strictPort'];
  const args = [...options, '--port', '0', '--origin', origin, '--', ...vite];
  const child = spawn(process.execPath, [project.kitEntry, ...args], {
    cwd: project.dir,
    env: { ...process.env, XDG_STATE_HOME: project.stateDir, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  for await (const line of createInterface({ input: child.stdout })) {
    said += `${line}\n`;
    if (!line.includes('Local:')) continue;
    child.stdout.resume();
    return child;
  }
  throw new Error(`dev has ended: ${said}`);
}

beforeAll(async () => {
  page = await Page.read('docs/from-nothing.md');
  const lines = page.take('sh', 'create vite').trim().split('\n');
  expect(lines).toHaveLength(3);
  const found = lines.map((line, at) => COMMANDS[at]?.exec(line));
  expect(found).not.toContain(null);
  const [scaffolding, , options] = found.map((match) => match?.[1]?.split(' ') ?? []);
  project = await StrangersProject.make({
    packages: ['client', 'cli'],
    others: [
      '@types/node',
      '@types/react',
      '@types/react-dom',
      '@vitejs/plugin-react',
      'react-dom',
      'typescript',
      'vite',
    ],
    scaffold: async (dir) => {
      const entry = path.join(ROOT, 'node_modules/create-vite/index.js');
      await run(process.execPath, [entry, '.', ...(scaffolding ?? [])], { cwd: dir });
    },
  });
  await writeFile(path.join(project.dir, 'src/App.tsx'), page.take('tsx', 'viteKit'));
  const place = await listen(createServer(), 0);
  await place.close();
  origin = `http://localhost:${place.port}`;
  app = await startDev(options ?? [], place.port);
  browser = await startBrowser();
});
afterAll(async () => {
  await browser?.close();
  if (app && app.exitCode === null) {
    app.kill('SIGINT');
    await once(app, 'exit');
  }
  await project?.remove();
});

test('at most 12 lines are written by hand, and they type-check', async () => {
  const lines = page.take('tsx', 'viteKit').trim().split('\n');
  expect(lines.length).toBeLessThanOrEqual(12);
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(100);
  expect((await project.node(['node_modules/typescript/bin/tsc', '-b'])).stdout).toBe('');
});

test('a person signs in and writes a row', async () => {
  const alice = await browser.person({ baseURL: origin });
  await alice.goto('/');
  await alice.getByLabel('Email').fill('alice@example.com');
  await alice.getByLabel('Password').fill('wrong');
  await alice.getByRole('button', { name: 'Sign in' }).click();
  await alice.getByText('Incorrect username or password.').waitFor();
  await alice.getByLabel('Password').fill('Alice-demo-2026');
  await alice.getByRole('button', { name: 'Sign in' }).click();
  await alice.getByRole('button', { name: 'Write a note' }).click();
  await alice.getByRole('button', { name: 'Hello' }).waitFor();
  // The stack keeps its keys where Vite does not look.
  const files = await readdir(project.dir, { recursive: true });
  expect(files.filter((name) => /stack\.env|state\.json$/.test(name))).toEqual([]);
});

test('the page for Next.js is that of the example, with another table', async () => {
  const file = path.join(ROOT, 'examples/nextjs/app/page.tsx');
  const example = await readFile(file, 'utf8');
  const block = page.take('tsx', 'serverClient');
  expect(block).toBe(example.replaceAll('letter', 'note').replaceAll('Letter', 'Note'));
  page.cannotRun(
    'sh',
    'create-next-app',
    'tests/packages/nextjs.test.ts builds and runs the page.',
  );
});

test('the other commands of the page are those of an example that is tested', async () => {
  page.cannotRun('sh', 'node --test', 'tests/packages/examples.test.ts runs them.');
  expect(page.unused).toEqual([]);
});
