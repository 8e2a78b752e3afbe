/** The layout of the page: on small screens, with other text spacing, in a frame of another site. */
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startBrowser, type TestBrowser } from '../support/browser.ts';
import { stackEnv } from '../support/stack.ts';
import { arrive, seeNotes, trySignIn } from './person.ts';

const WEB = path.resolve(import.meta.dirname, '../../web');
const ALICE = ['alice@example.com', 'Alice-demo-2026'] as const;
const PHONE = { width: 375, height: 667 };
const NARROW = { width: 320, height: 640 };

let browser: TestBrowser;

beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(() => browser.close());

/** How far the page can be scrolled sideways, in CSS pixels. */
const sideways = (page: Page): Promise<number> =>
  page.evaluate<number>(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  );

/** Text of WCAG 1.4.12. */
const TEXT_SPACING = `
  * { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; }
  p { margin-bottom: 2em !important; }`;

/** The cumulative layout shift. */
const OBSERVE_SHIFTS = `
  window.shifted = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value;
  }).observe({ type: 'layout-shift', buffered: true });`;

const shifted = (page: Page): Promise<number> => page.evaluate<number>('window.shifted');

/** Number of lines of an element's text. */
const linesOf = (page: Page, selector: string): Promise<number> =>
  page.evaluate<number>(`(() => {
    const range = document.createRange();
    range.selectNodeContents(document.querySelector(${JSON.stringify(selector)}));
    return new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size;
  })()`);

const person = (viewport: { width: number; height: number }) =>
  arrive(browser, stackEnv(), 'page', { viewport });

describe('a phone, 375 × 667', () => {
  test('the button to sign in is on the first screen', async () => {
    const { page } = await person(PHONE);
    const box = await page.getByRole('button', { name: 'Sign in', exact: true }).boundingBox();
    expect((box?.y ?? 1e9) + (box?.height ?? 0)).toBeLessThanOrEqual(PHONE.height);
  });

  test("signing in shifts nothing, and begins at the top with the person's name", async () => {
    const { page } = await person(PHONE);
    await page.addInitScript(OBSERVE_SHIFTS);
    // Longer than the time in which a shift counts as caused by a click.
    for (const address of ['**/rest/v1/**', `${stackEnv().COGNITO_ENDPOINT}/**`]) {
      await page.route(address, async (route) => {
        await new Promise((resolve) => setTimeout(resolve, 700));
        await route.continue();
      });
    }
    await page.reload();
    await page.evaluate('window.scrollTo(0, 400)');
    await trySignIn(page, ...ALICE);
    await seeNotes(page);
    await page.waitForTimeout(300);

    expect(await shifted(page)).toBeLessThan(0.01);
    expect(await page.evaluate('window.scrollY')).toBe(0);
    await expect(page.getByRole('banner').isVisible()).resolves.toBe(true);
    const name = page.getByText(ALICE[0]).filter({ visible: true });
    await expect(name.first().isVisible()).resolves.toBe(true);
  });
});

describe.each([
  ['320 px', NARROW],
  ['375 px', PHONE],
  ['1440 px', { width: 1440, height: 900 }],
])('%s', (_, viewport) => {
  test('no word is broken, and nothing scrolls sideways, also with WCAG’s text spacing', async () => {
    const { page } = await person(viewport);
    expect(await sideways(page)).toBe(0);
    await page.addStyleTag({ content: TEXT_SPACING });
    expect(await sideways(page), 'signed out, spaced').toBe(0);
    await page.reload();
    await trySignIn(page, ...ALICE);
    await seeNotes(page);
    expect(await sideways(page)).toBe(0);
    expect(await linesOf(page, '.claim-role mark')).toBe(1);
    expect(await linesOf(page, '.account button')).toBe(1);
    await page.addStyleTag({ content: TEXT_SPACING });
    expect(await sideways(page), 'signed in, spaced').toBe(0);
    expect(await linesOf(page, '.claim-role mark')).toBe(1);
    expect(await linesOf(page, '.account button')).toBe(1);
  });
});

/** A page of another site with the app in a frame; resolves to the content of the frame. */
async function framed(address: string): Promise<string> {
  const site = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' });
    response.end(`<!doctype html><title>elsewhere</title><iframe src="${address}"></iframe>`);
  });
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
  const page = await browser.person();
  try {
    await page.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`);
    await page.waitForTimeout(1_000);
    const [, frame] = page.frames();
    return (
      (await frame
        ?.locator('body')
        .textContent({ timeout: 2_000 })
        .catch(() => '')) ?? ''
    );
  } finally {
    site.close();
  }
}

describe('in a frame of another site', () => {
  test('the app of the stack is not shown', async () => {
    expect(await framed(stackEnv().WEB_URL)).not.toContain('Cognito');
  });

  test('refuses to be framed as built, and works by itself', async () => {
    const out = await mkdtemp(path.join(tmpdir(), 'web-build-'));
    const env = stackEnv();
    const settings = {
      ...process.env,
      VITE_SUPABASE_URL: env.SUPABASE_URL,
      VITE_SUPABASE_PUBLISHABLE_KEY: env.SUPABASE_PUBLISHABLE_KEY,
      VITE_COGNITO_USER_POOL_ID: env.COGNITO_USER_POOL_ID,
      VITE_COGNITO_CLIENT_ID: env.COGNITO_CLIENT_ID,
      VITE_COGNITO_ENDPOINT: env.COGNITO_ENDPOINT,
    };
    const vite = path.join(
      path.dirname(new URL(import.meta.resolve('vite/package.json')).pathname),
      'bin/vite.js',
    );
    const run = (...args: string[]) => [vite, ...args, '--outDir', out];
    await promisify(execFile)(process.execPath, run('build', '--emptyOutDir'), {
      cwd: WEB,
      env: settings,
    });
    const preview = spawn(process.execPath, run('preview', '--host', '127.0.0.1', '--port', '0'), {
      cwd: WEB,
      env: { ...settings, NO_COLOR: '1' },
    });
    try {
      const address = await new Promise<string>((resolve, reject) => {
        let words = '';
        preview.stdout.on('data', (chunk) => {
          words += chunk;
          const found = /http:\/\/127\.0\.0\.1:\d+/.exec(words)?.[0];
          if (found) resolve(found);
        });
        preview.on('close', () => reject(new Error(words)));
      });
      const answer = await fetch(address);
      expect(answer.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
      expect(answer.headers.get('x-frame-options')).toBe('DENY');
      expect(await framed(address)).not.toContain('Cognito');
      const page = await browser.person();
      const complaints: string[] = [];
      page.on(
        'console',
        (message) => message.type() === 'error' && complaints.push(message.text()),
      );
      await page.goto(address);
      await page.getByRole('heading', { name: 'Sign in' }).waitFor();
      expect(complaints).toEqual([]);
    } finally {
      preview.kill();
      await rm(out, { recursive: true, force: true });
      await rm(path.join(WEB, 'hosting'), { recursive: true, force: true });
    }
  });
});
