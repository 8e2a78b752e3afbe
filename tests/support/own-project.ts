/** A project of another person in a temporary folder, for the embedded stack. */
import { cp, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { clusterHome } from '@cognito-supabase/local/data-dir';
import { readManifest, withNeeds } from '@cognito-supabase/local/modules';
import { newDir, removeDir, runStack, type StackProcess } from './stack.ts';

const KIT = path.resolve(import.meta.dirname, '../../supabase');

export class OwnProject {
  readonly dir: string;
  readonly folder: string;
  private constructor(dir: string) {
    this.dir = dir;
    this.folder = path.join(dir, 'project');
  }

  /** With a minimal config.toml and nothing else. */
  static async make(): Promise<OwnProject> {
    const project = new OwnProject(await newDir());
    await mkdir(path.join(project.folder, 'supabase'), { recursive: true });
    await project.write('config.toml', 'project_id = "own"\n');
    return project;
  }

  /** Writes a file below supabase/. */
  async write(name: string, text: string): Promise<void> {
    const file = path.join(this.folder, 'supabase', name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, text);
  }

  /** Copies modules of the kit, with what they need and the secrets that config.toml names. */
  async takeModules(...names: string[]): Promise<void> {
    const { modules } = await readManifest();
    await cp(path.join(KIT, 'config.toml'), path.join(this.folder, 'supabase', 'config.toml'));
    await mkdir(path.join(this.folder, 'supabase', 'migrations'), { recursive: true });
    for (const file of withNeeds(modules, names).flatMap(({ files }) => files)) {
      const [from, to] = [KIT, path.join(this.folder, 'supabase')];
      await cp(path.join(from, 'migrations', file), path.join(to, 'migrations', file));
    }
  }

  /** Starts the stack on the project, on any free ports. */
  start(...args: string[]): StackProcess {
    return runStack(this.dir, ['--port', '0', '--workdir', this.folder, ...args]);
  }

  async remove(): Promise<void> {
    await removeDir(await clusterHome(this.dir));
    await removeDir(this.dir);
  }
}
