import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import packedChromium from '@sparticuz/chromium';
import {
  type Browser,
  type BrowserContextOptions,
  chromium,
  type LaunchOptions,
  type Page,
} from 'playwright-core';

/**
 * Flags that @sparticuz/chromium sets for Lambda and that a test must not run with: the first two
 * switch off what a browser would have refused, such as a call that CORS does not allow; the others
 * put all pages into one process, where one that crashes takes the rest along.
 */
const UNWANTED = [
  '--disable-web-security',
  '--allow-running-insecure-content',
  '--single-process',
  '--no-zygote',
];

const launchOptions = async () => {
  // The packed browser is for Linux; elsewhere the Chrome that is installed does.
  if (process.platform !== 'linux') return { channel: 'chrome' };
  return {
    executablePath: await packedChromium.executablePath(),
    args: packedChromium.args.filter((flag) => !UNWANTED.includes(flag)),
  };
};

/**
 * Starts Chromium, and waits where another process is still unpacking it: a program that is open for
 * writing cannot be run, and the kernel says so by ETXTBSY.
 */
const launch = async (options: LaunchOptions): Promise<Browser> => {
  const deadline = Date.now() + 60_000;
  for (;;) {
    try {
      return await chromium.launch(options);
    } catch (error) {
      if (!String(error).includes('ETXTBSY') || Date.now() > deadline) throw error;
      await setTimeout(250);
    }
  }
};

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
  const browser = await launch({
    ...(await launchOptions()),
    headless: true,
    env: { ...process.env, XDG_CACHE_HOME: home, XDG_CONFIG_HOME: home },
  });
  return {
    person: async (options = {}) => (await browser.newContext(options)).newPage(),
    close: async () => {
      await browser.close();
      await rm(home, { recursive: true, force: true });
    },
  };
};
