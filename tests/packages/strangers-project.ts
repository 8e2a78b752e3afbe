/**
 * A project of somebody else: the packed packages in its node_modules, and nothing of this repository. What they need
 * is linked instead of downloaded.
 */
import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { extract } from 'tar';
import { inject } from 'vitest';

export const ROOT = path.resolve(import.meta.dirname, '../..');
const runFile = promisify(execFile);

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface Wanted {
  /** Folders of the packages, as in `client`. */
  readonly packages: readonly string[];
  /** What the project needs besides their dependencies and peers. */
  readonly others?: readonly string[];
  /** A folder of examples/, which is copied. */
  readonly example?: string;
  /** Makes the project, in an empty folder, before anything is installed. */
  readonly scaffold?: (dir: string) => Promise<void>;
}

async function link(modules: string, name: string): Promise<void> {
  const place = path.join(modules, name);
  await mkdir(path.dirname(place), { recursive: true });
  await symlink(path.join(ROOT, 'node_modules', name), place).catch((error) => {
    // Two packages need the same.
    if (error.code !== 'EEXIST') throw error;
  });
}

/** @returns what the package needs */
async function install(folder: string, modules: string): Promise<readonly string[]> {
  const { dir, tarballs } = inject('packed');
  const tarball = tarballs[folder];
  if (tarball === undefined) throw new Error(`there is no package ${folder}`);
  const staged = path.join(dir, 'staging', folder, 'package.json');
  const manifest = JSON.parse(await readFile(staged, 'utf8'));
  const place = path.join(modules, manifest.name);
  await mkdir(place, { recursive: true });
  await extract({ file: tarball, cwd: place, strip: 1 });
  return Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
}

export class StrangersProject {
  /** The project. */
  readonly dir: string;
  /** Of the stacks that `dev` starts. */
  readonly stateDir: string;
  readonly #outside: string;

  private constructor(outside: string) {
    this.#outside = outside;
    this.dir = path.join(outside, 'project');
    this.stateDir = path.join(outside, 'state');
  }

  static async make({
    packages,
    others = [],
    example,
    scaffold,
  }: Wanted): Promise<StrangersProject> {
    const outside = await mkdtemp(path.join(tmpdir(), 'strangers-project-'));
    // As root, Postgres runs as another user, who must be able to enter it.
    await chmod(outside, 0o711);
    const project = new StrangersProject(outside);
    const modules = path.join(project.dir, 'node_modules');
    await mkdir(project.dir);
    await scaffold?.(project.dir);
    await mkdir(modules, { recursive: true });
    if (example !== undefined)
      await cp(path.join(ROOT, 'examples', example), project.dir, { recursive: true });
    const needs: string[] = [...others];
    for (const folder of packages) needs.push(...(await install(folder, modules)));
    for (const name of needs) await link(modules, name);
    return project;
  }

  /** Runs Node in the project. */
  node(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
    return runFile(process.execPath, args, {
      cwd: this.dir,
      env: { ...process.env, XDG_STATE_HOME: this.stateDir, ...env },
    }).then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
    );
  }

  /** The file of `npx cognito-supabase`. */
  get kitEntry(): string {
    return path.join(this.dir, 'node_modules/cognito-supabase/dist/cli/bin.mjs');
  }

  /** `npx cognito-supabase …` */
  kit(...args: readonly string[]): Promise<Ended> {
    return this.node([this.kitEntry, ...args]);
  }

  /** The TypeScript compiler. Standard output has what it found. */
  typeCheck(): Promise<Ended> {
    return this.node(['node_modules/typescript/bin/tsc', '-p', '.']);
  }

  remove(): Promise<void> {
    return rm(this.#outside, { recursive: true });
  }
}
