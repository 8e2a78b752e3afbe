/** `cognito-supabase init` and `upgrade`: shows what would be written, and writes it with consent. */
import { type Consent, hasConsent } from '../consent.ts';
import { type Plan, planInit, planUpgrade } from './plan.ts';
import { inPlace } from './sql-text.ts';
import { writePlan } from './write.ts';

export interface ConsentOptions extends Consent {
  readonly workdir: string;
  /** What comes after that, as a sentence. @default - the commands that apply migrations */
  readonly next?: string;
}

export interface InitCommandOptions extends ConsentOptions {
  /** Names with commas between. */
  readonly with: string;
  readonly ci?: boolean;
  /** The caller has named the folder, so it may be in another project. @default - false */
  readonly namesWorkdir?: boolean;
}

export interface UpgradeOptions extends ConsentOptions {
  /** The folder of the newer version of the kit. @default - this version */
  readonly kitDir?: string;
}

type Print = (line: string) => void;

/** Of one finding. */
const MOST_PLACES = 5;

function printPlan({ changes, findings, notes, project }: Plan, print: Print): void {
  for (const { kind, text, places } of findings) {
    print(`${kind === 'change' ? 'to change' : 'works'}: ${text}`);
    for (const place of places.slice(0, MOST_PLACES)) print(`  ${inPlace(place)}`);
    if (places.length > MOST_PLACES) print(`  and ${places.length - MOST_PLACES} more`);
  }
  if (project.hasSchemas)
    print(
      'note: supabase/schemas is declarative. The kit comes as migrations, which `supabase db diff` keeps.',
    );
  for (const note of notes) print(`note: ${note}`);
  for (const { file, before } of changes)
    print(`${before === undefined ? 'new    ' : 'changed'} ${file}`);
}

/** @returns whether the project is as it was planned */
async function carryOut(plan: Plan, options: ConsentOptions, print: Print): Promise<boolean> {
  printPlan(plan, print);
  if (plan.changes.length === 0) {
    print('nothing to do: everything is there');
    return true;
  }
  if (!(await hasConsent(options, 'Write these files?'))) {
    print('nothing is written: --yes writes it');
    return false;
  }
  await writePlan(plan);
  const next = 'Nothing is applied yet: npx supabase migration up, or npx supabase db push';
  print(`${plan.changes.length} written. ${options.next ?? next}`);
  return true;
}

/** @returns whether the project is as it was planned */
export async function init(options: InitCommandOptions, print: Print): Promise<boolean> {
  const modules = options.with
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean);
  const { workdir: dir, ci = false, namesWorkdir: isNamed = false } = options;
  const plan = await planInit({ dir, isNamed, modules, ci });
  return carryOut(plan, options, print);
}

/** @returns whether the project is as it was planned */
export async function upgrade(options: UpgradeOptions, print: Print): Promise<boolean> {
  return carryOut(await planUpgrade(options.workdir, options.kitDir), options, print);
}
