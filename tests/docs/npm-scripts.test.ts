/** npm scripts that pages, messages and comments name: each of them exists. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { makeProgram } from '../../cli/main.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const FOLDERS = ['cli', 'client', 'contract', 'docs', 'functions', 'infra', 'local', 'supabase'];
const FILES = ['README.md', 'CONTRIBUTING.md'];

/** Of the reader's own app, which the pages cannot know. */
const OF_THE_APP = new Set(['dev', 'build']);

const scriptsOf = (folder: string): Readonly<Record<string, string>> =>
  JSON.parse(readFileSync(path.join(ROOT, folder, 'package.json'), 'utf8')).scripts ?? {};

function textFiles(): readonly string[] {
  const inFolders = FOLDERS.flatMap((folder) =>
    readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((name) =>
      path.join(folder, name),
    ),
  );
  return [...FILES, ...inFolders].filter(
    (name) => /\.(md|mjs|sql|toml|tsx?)$/.test(name) && !/node_modules|dist\//.test(name),
  );
}

interface Mention {
  readonly file: string;
  readonly script: string;
  /** A folder after `-w`, or the top. */
  readonly folder: string;
}

const mentions: readonly Mention[] = textFiles().flatMap((file) =>
  [
    ...readFileSync(path.join(ROOT, file), 'utf8').matchAll(
      /\bnpm (?:run (?:-s )?([a-z][\w:-]*)|(start|test))(?: -w (\w+))?/g,
    ),
  ].map(([, run, short = '', folder = '']) => ({ file, script: run ?? short, folder })),
);

test('every script that a page or a message names exists', () => {
  expect(mentions.length).toBeGreaterThan(80);
  const missing = mentions.filter(
    ({ script, folder }) =>
      !Object.hasOwn(scriptsOf(folder), script) && !(folder === '' && OF_THE_APP.has(script)),
  );
  expect(missing).toEqual([]);
});

test('a script with the name of a command runs that command', () => {
  const names = makeProgram().commands.map((command) => command.name());
  const scripts = Object.entries(scriptsOf(''));
  const short = scripts.filter(([, line]) => /^node cli\/main\.ts ./.test(line));
  for (const [name, line] of short) {
    expect(line).toBe(`node cli/main.ts ${name}`);
    expect(names).toContain(name);
  }
  // What somebody with a clone does to a deployed or a hosted part.
  const wanted = ['connect', 'disconnect', 'attach', 'detach', 'doctor', 'token', 'migrate-users'];
  expect(short.map(([name]) => name)).toEqual(expect.arrayContaining([...wanted, 'upgrade']));
});
