/** With the lockfile `npm ci` works on other platforms. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';

interface Locked {
  readonly resolved?: string;
  readonly integrity?: string;
  /** A folder of this repository. */
  readonly link?: boolean;
  /** Bundled in another package, whose integrity covers it. */
  readonly inBundle?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const file = path.resolve(import.meta.dirname, '../../../package-lock.json');
const packages: Record<string, Locked> = JSON.parse(await readFile(file, 'utf8')).packages;

/** Resolves a package as Node does: beside the package that needs it, then further up. */
function isLocked(name: string, at: string): boolean {
  if (packages[`${at}/node_modules/${name}`.replace(/^\//, '')]) return true;
  return at !== '' && isLocked(name, at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/'))));
}

/** npm removes packages of other platforms when it installs over an existing node_modules. */
test('it names the packages of every platform', () => {
  const missing = Object.entries(packages).flatMap(([at, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter((name) => !isLocked(name, at)),
  );
  expect(missing, 'delete node_modules and package-lock.json, then npm install').toEqual([]);
});

/** npm leaves it out for a package that was not available when the lockfile was written. */
test('every package of every platform has its integrity', () => {
  const without = Object.entries(packages)
    .filter(([at, { link, inBundle }]) => at.includes('node_modules/') && !link && !inBundle)
    .filter(([, { integrity }]) => !/^sha512-/.test(integrity ?? ''))
    .map(([at]) => at);
  expect(without, 'pin a version whose every platform is published').toEqual([]);
});

test('it names no registry', () => {
  const addresses = Object.values(packages).filter(({ resolved }) => resolved?.includes('://'));
  expect(addresses).toEqual([]);
});
