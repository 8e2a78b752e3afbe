/** The Chromium of npm's @sparticuz/chromium, unpacked once for this checkout. */
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** In node_modules, because the shared temporary folder may belong to another user. */
const CACHE = path.resolve(import.meta.dirname, '../../node_modules/.cache');

/**
 * Flags for Lambda that tests must not use. The first two disable security checks of the browser, such as
 * CORS. The others put all pages into one process, so a crash would end all of them.
 */
const UNWANTED = [
  '--disable-web-security',
  '--allow-running-insecure-content',
  '--single-process',
  '--no-zygote',
];

/** Runs the package with the environment that it expects, and restores the environment. */
async function unpackInto(dir: string): Promise<void> {
  const before = { ...process.env };
  process.env.TMPDIR = dir;
  // The package contains system libraries, but unpacks them on Lambda only.
  process.env.AWS_LAMBDA_JS_RUNTIME = 'nodejs22.x';
  try {
    const { default: chromium } = await import('@sparticuz/chromium');
    await chromium.executablePath();
  } finally {
    for (const name of Object.keys(process.env)) delete process.env[name];
    Object.assign(process.env, before);
  }
}

/** Executable, flags and environment to launch it with. */
export async function packedChromium() {
  const manifest = fileURLToPath(
    new URL('../package.json', import.meta.resolve('@sparticuz/chromium')),
  );
  const { version } = JSON.parse(await readFile(manifest, 'utf8'));
  const home = path.join(CACHE, `chromium-${version}`);
  if (!existsSync(home)) {
    // Test files run in parallel. Each unpacks separately, and the first result stays.
    const own = `${home}.${process.pid}`;
    await mkdir(own, { recursive: true });
    await unpackInto(own);
    await rename(own, home).catch(() => rm(own, { recursive: true, force: true }));
  }
  const { default: chromium } = await import('@sparticuz/chromium');
  const libraries = [path.join(home, 'al2023', 'lib'), process.env.LD_LIBRARY_PATH];
  return {
    executablePath: path.join(home, 'chromium'),
    args: chromium.args.filter((flag) => !UNWANTED.includes(flag)),
    env: {
      LD_LIBRARY_PATH: libraries.filter(Boolean).join(':'),
      // The package's fonts, if the machine has none.
      ...(!existsSync('/etc/fonts') && { FONTCONFIG_PATH: path.join(home, 'fonts') }),
    },
  };
}
