/** What `init` and `upgrade` write into a project. Planning only reads. */
import path from 'node:path';
import { KitError } from '@cognito-supabase/contract/errors';
import { type Kit, readKit, withNeeds } from '@cognito-supabase/local/modules';
import { type History, readHistory } from '../modules/history.ts';
import { type NewFile, planAdd, planNewer } from '../modules/plan.ts';
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
  /** Sentences that are printed before the changes. */
  readonly notes: readonly string[];
}

export interface InitOptions {
  readonly dir: string;
  /** The caller has named the folder. */
  readonly isNamed: boolean;
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

const MIGRATIONS = 'supabase/migrations';

const historyOf = ({ dir }: Project, kit: Kit): Promise<History> =>
  readHistory(path.join(dir, MIGRATIONS), kit);

const newMigration = ({ name, text }: NewFile): Change => ({
  file: `${MIGRATIONS}/${name}`,
  text,
  before: undefined,
});

const realChanges = (changes: readonly Change[]): readonly Change[] =>
  changes.filter(({ text, before }) => text !== before);

/** @throws KitError */
export async function planInit({ dir, isNamed, modules, ci }: InitOptions): Promise<Plan> {
  const project = await readProject(dir, isNamed);
  const kit = await readKit();
  checkNames(project, withNeeds(kit.modules, modules));
  const added = await planAdd(kit, await historyOf(project, kit), modules);
  const { config, gitignore } = project;
  const changes = realChanges([
    {
      file: 'supabase/config.toml',
      text: withThirdParty(config, path.basename(dir)),
      before: config,
    },
    { file: 'supabase/.gitignore', text: ignoring(gitignore), before: gitignore },
    ...added.map(newMigration),
    ...(ci ? [await workflowOf(dir)] : []),
  ]);
  return { project, changes, findings: findingsOf(project), notes: [] };
}

async function workflowOf(dir: string): Promise<Change> {
  const { readFile } = await import('node:fs/promises');
  const before = await readFile(path.join(dir, WORKFLOW_FILE), 'utf8').catch(() => undefined);
  // A workflow that somebody has changed stays.
  return { file: WORKFLOW_FILE, text: before ?? WORKFLOW, before };
}

/** An edited file may be applied already. A new text of it would never be applied again, so the file stays. */
const editedNote = (name: string): string =>
  `${MIGRATIONS}/${name} differs from the file of the kit, because somebody has edited it. It stays as it is.
  → newer migrations expect the tables and functions of the kit's file: apply them to a test database first`;

/**
 * The migrations of a newer version of the kit, for the modules that the project has.
 *
 * @param kitDir the folder of the newer version. @default - this version
 * @throws KitError `MODULE_MISSING`, `PROJECT_NOT_FOUND`, `PROJECT_READ_ONLY`
 */
export async function planUpgrade(dir: string, kitDir?: string): Promise<Plan> {
  const project = await readProject(dir);
  const kit = await readKit(kitDir);
  const history = await historyOf(project, kit);
  if (history.installed.size === 0)
    throw new KitError(
      'MODULE_MISSING',
      `${path.join(dir, MIGRATIONS)} has no migration of the kit, so there is nothing to upgrade`,
      'name the folder that holds supabase/ with --workdir, or add modules with init',
    );
  const { files, edited } = await planNewer(kit, history);
  return { project, changes: files.map(newMigration), findings: [], notes: edited.map(editedNote) };
}
