/** What `init` and `upgrade` write into a project. Planning only reads. */
import path from 'node:path';
import { type Manifest, readManifest, withNeeds } from '@cognito-supabase/local/modules';
import { readHistory } from '../modules/history.ts';
import { planAdd } from '../modules/plan.ts';
import { withThirdParty } from './config-toml.ts';
import { checkNames, type Finding, findingsOf } from './findings.ts';
import { type Project, readProject } from './project.ts';
import { WORKFLOW, WORKFLOW_FILE } from './workflow.ts';

export interface Change {
  /** Below the project. */
  readonly file: string;
  readonly text: string;
  /** What was there; undefined for a new file. */
  readonly before: string | undefined;
}

export interface Plan {
  readonly project: Project;
  readonly changes: readonly Change[];
  readonly findings: readonly Finding[];
}

export interface InitOptions {
  readonly dir: string;
  /** Modules, without those that they need. */
  readonly modules: readonly string[];
  /** Whether to write a workflow of GitHub that runs the policies' tests. */
  readonly ci: boolean;
}

/** What the CLI and the stack write, and what must not be committed. */
const IGNORED = ['.branches', '.temp', '.env*'];

function ignoring(text: string | undefined): string {
  const eol = text?.includes('\r\n') ? '\r\n' : '\n';
  const lines = text?.split(/\r?\n/) ?? [];
  const missing = IGNORED.filter((line) => !lines.some((one) => one.trim() === line));
  if (missing.length === 0) return text ?? '';
  const kept = lines.slice(0, lines.findLastIndex((line) => line.trim() !== '') + 1);
  return [...kept, ...missing, ''].join(eol);
}

async function migrationsOf(
  { dir }: Project,
  manifest: Manifest,
  modules: readonly string[],
): Promise<readonly Change[]> {
  const history = await readHistory(path.join(dir, 'supabase/migrations'), manifest);
  const files = await planAdd(manifest, history, modules);
  return files.map(({ name, text }) => ({
    file: `supabase/migrations/${name}`,
    text,
    before: undefined,
  }));
}

const realChanges = (changes: readonly Change[]): readonly Change[] =>
  changes.filter(({ text, before }) => text !== before);

/** @throws KitError */
export async function planInit({ dir, modules, ci }: InitOptions): Promise<Plan> {
  const project = await readProject(dir);
  const manifest = await readManifest();
  checkNames(project, withNeeds(manifest.modules, modules));
  const { config, gitignore } = project;
  const changes = realChanges([
    {
      file: 'supabase/config.toml',
      text: withThirdParty(config, path.basename(dir)),
      before: config,
    },
    { file: 'supabase/.gitignore', text: ignoring(gitignore), before: gitignore },
    ...(await migrationsOf(project, manifest, modules)),
    ...(ci ? [await workflowOf(dir)] : []),
  ]);
  return { project, changes, findings: findingsOf(project) };
}

async function workflowOf(dir: string): Promise<Change> {
  const { readFile } = await import('node:fs/promises');
  const before = await readFile(path.join(dir, WORKFLOW_FILE), 'utf8').catch(() => undefined);
  // A workflow that somebody has changed stays.
  return { file: WORKFLOW_FILE, text: before ?? WORKFLOW, before };
}

/** The migrations of a newer version of the kit, for the modules that the project has. @throws KitError */
export async function planUpgrade(dir: string): Promise<Plan> {
  const project = await readProject(dir);
  const manifest = await readManifest();
  const history = await readHistory(path.join(dir, 'supabase/migrations'), manifest);
  const changes = await migrationsOf(project, manifest, [...history.installed.keys()]);
  return { project, changes, findings: [] };
}
