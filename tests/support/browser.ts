import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { packedChromium } from './packed-chromium.ts';

const launchOptions = async () =>
  // The packed browser is for Linux; elsewhere the Chrome that is installed does.
  process.platform === 'linux' ? packedChromium() : { channel: 'chrome', env: {} };

/** A browser of its own, with people in it. */
export interface TestBrowser {
  /** A person: storage, cookies and tabs that nobody shares. */
  readonly person: (options?: BrowserContextOptions) => Promise<Page>;
  readonly close: () => Promise<void>;
}

/**
 * Starts a headless browser.
 *
 * @example
 * const browser = await startBrowser();
 * const ada = await browser.person({ baseURL: stack.WEB_URL });
 */
export const startBrowser = async (): Promise<TestBrowser> => {
  // Where Chromium writes on its own account, so that parallel runs do not meet.
  const home = await mkdtemp(join(tmpdir(), 'e2e-browser-'));
  const { env, ...options } = await launchOptions();
  const browser = await chromium.launch({
    ...options,
    headless: true,
    env: { ...process.env, ...env, XDG_CACHE_HOME: home, XDG_CONFIG_HOME: home },
  });
  return {
    person: async (options = {}) => (await browser.newContext(options)).newPage(),
    close: async () => {
      await browser.close();
      await rm(home, { recursive: true, force: true });
    },
  };
};
