/**
 * The table of variables in docs/go-to-production.md against the code: it has each variable that a step of production
 * reads, and no other.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import * as settings from '../../contract/settings.ts';
import { Page } from '../support/page.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const page = await Page.read('docs/go-to-production.md');

/** Folders and files whose code runs in production or connects it. The local stack and tests have variables of their own. */
const CODE = [
  ...['cli/connect', 'cli/directory', 'cli/doctor', 'cli/hosted', 'cli/migrate-users', 'cli/token'],
  ...['cli/trigger', 'cli/stack-dir.ts', 'client/src', 'functions', 'infra/bin', 'infra/lib'],
  ...['supabase/config.toml', 'supabase/functions', 'web/csp.ts', 'web/src/config.ts'],
];

/** What reads the environment, by its forms: of Node, of Vite, of Deno through `env(…)`, and of config.toml. */
const FORMS = [
  /\b(?:env|source)\.([A-Z][A-Z0-9_]+)\b/g,
  /\benv\(['"]?([A-Z][A-Z0-9_]+)['"]?\)/g,
  /\bneed\(env, '([A-Z][A-Z0-9_]+)'\)/g,
  /\bprojectKey\(env, '([A-Z][A-Z0-9_]+)', '[A-Z0-9_]+'\)/g,
  /\bprojectKey\(env, '[A-Z0-9_]+', '([A-Z][A-Z0-9_]+)'\)/g,
  /\b((?:VITE|NEXT_PUBLIC)_[A-Z0-9_]+)\b/g,
  // Objects of names, and names that are taken out of the environment.
  /['{\s](AWS_[A-Z_]+|PGPASSWORD|(?:OLD_)?(?:SUPABASE|COGNITO)_[A-Z0-9_]+)(?:[',:} ]|$)/gm,
];

const errorCodes = new Set(
  [...readFileSync(path.join(ROOT, 'contract/errors.ts'), 'utf8').matchAll(/'([A-Z_]+)'/g)].map(
    ([, code = '']) => code,
  ),
);

function filesOf(name: string): readonly string[] {
  const full = path.join(ROOT, name);
  if (path.extname(name) !== '') return [full];
  return readdirSync(full, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file) && !file.includes('node_modules'))
    .map((file) => path.join(full, file));
}

/** Comments name variables that nothing reads. */
const withoutComments = (text: string): string => text.replaceAll(/^\s*(?:\/?\*|\/\/|#).*$/gm, '');

function inCode(): ReadonlySet<string> {
  const texts = CODE.flatMap(filesOf).map((file) => withoutComments(readFileSync(file, 'utf8')));
  const found = texts.flatMap((text) =>
    FORMS.flatMap((form) => [...text.matchAll(form)].map(([, name = '']) => name)),
  );
  return new Set(found.filter((name) => !errorCodes.has(name)));
}

/** Of the functions on Lambda: contract/settings.ts names them by what they are for. */
const ofFunctions = Object.entries(settings).flatMap(([name, value]) =>
  name.endsWith('_ENV') ? Object.values(value as Record<string, string>) : [],
);

/** Variables of the page's own blocks. */
const ofBlocks = [
  ...page.text.matchAll(/\$\{\{ (?:vars|secrets)\.([A-Z_]+) \}\}/g),
  // The shell itself sets PWD.
  ...page.text.matchAll(/\$(?!PWD\b)([A-Z][A-Z_]+)\b/g),
].map(([, name = '']) => name);

/** Read by the AWS SDK, by which the kit finds its credentials; a file of the SDK names each. */
const OF_SDK = new Map([
  ['AWS_PROFILE', '@smithy/core'],
  ['AWS_ACCESS_KEY_ID', '@aws-sdk/credential-provider-env'],
  ['AWS_SECRET_ACCESS_KEY', '@aws-sdk/credential-provider-env'],
  ['AWS_SESSION_TOKEN', '@aws-sdk/credential-provider-env'],
]);

const [, table = ''] = page.text.split('\n## Variables\n');
const rows = [...table.matchAll(/^\| (`.+?) \| (.+?) \| (.+?) \| (.+?) \|$/gm)].map(
  ([, names = '', readBy = '', from = '', setIn = '']) => ({
    names: [...names.matchAll(/`([A-Z0-9_]+)`/g)].map(([, name = '']) => name),
    ...{ readBy, setIn, isSecret: from.includes('**') },
  }),
);
const named = rows.flatMap(({ names }) => names);

test('the table has each variable that is read, once, and no other', () => {
  const read = new Set([...inCode(), ...ofFunctions, ...ofBlocks, ...OF_SDK.keys()]);
  expect(read.size).toBeGreaterThan(50);
  expect(named.toSorted()).toEqual([...read].sort());
});

test('the AWS SDK reads those that only it reads', () => {
  for (const [variable, name] of OF_SDK) {
    const folder = path.join(ROOT, 'node_modules', name);
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    const texts = files.filter((file) => file.endsWith('.js'));
    expect(
      texts.some((file) => readFileSync(path.join(folder, file), 'utf8').includes(variable)),
      variable,
    ).toBe(true);
  }
});

test('secrets are marked, and none of them is for the web app', () => {
  // Names that end so are of values that may not be seen, but for keys that are public, and for names and ids.
  const hasSecretName = (name: string): boolean =>
    /(SECRET|TOKEN|PASSWORD|KEY|KEYS|DB_URL)$/.test(name) && !/PUBLISHABLE|ANON/.test(name);
  for (const { names, isSecret, setIn } of rows) {
    // The platform sets its own.
    if (setIn !== 'platform') expect(names.some(hasSecretName), names.join()).toBe(isSecret);
    if (names.some((name) => /^(VITE|NEXT_PUBLIC)_/.test(name))) expect(isSecret).toBe(false);
  }
});

test('each row says who reads the variable and where it is set', () => {
  expect(rows.length).toBeGreaterThan(25);
  for (const { names, readBy, setIn } of rows) {
    expect(names.length).toBeGreaterThan(0);
    expect(`${readBy}${setIn}`.length, names.join()).toBeGreaterThan(10);
    for (const place of setIn.split(/[,;] (?:or )?/))
      expect([
        ...['shell', 'CI', 'CI sets them itself', 'stack', 'platform', 'nowhere'],
        ...['`--web-env`', 'the host', '`supabase secrets set`'],
      ]).toContain(place);
  }
});
