/** Makes the project that `supabase start` runs: a copy of supabase/ with a generated config.toml. */
import { createHash } from 'node:crypto';
import { chmod, cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Ports } from '../ports.ts';
import { setValues, type TomlValues } from './toml.ts';

export interface ProjectOptions {
  /** The folder that holds the committed supabase/. */
  readonly from: string;
  /** The folder to make. Files of an earlier start are replaced. */
  readonly to: string;
  readonly projectId: string;
  readonly ports: Ports;
  /** The emulator's issuer; null for a pool on AWS, where config.toml stays as it is. */
  readonly issuer: string | null;
}

/** Ports after the four of the stack. Each stack has ten. */
export const relayPort = ({ cognito }: Ports): number => cognito + 1;
const shadowPort = ({ cognito }: Ports): number => cognito + 2;
const inspectorPort = ({ cognito }: Ports): number => cognito + 3;

/**
 * Names containers and volumes by folder and pool, so that stacks run side by side, and rows of one
 * pool's people are never shown to another's.
 */
export function projectIdOf(dir: string, userPoolId: string): string {
  const hash = createHash('sha256').update(`${dir}\0${userPoolId}`).digest('hex');
  return `cognito-supabase-${hash.slice(0, 10)}`;
}

/** Values that a local run changes in config.toml. */
function valuesFor(options: ProjectOptions, hasFunctions: boolean): TomlValues {
  const { ports, projectId, issuer } = options;
  return {
    '': { project_id: projectId },
    api: { port: ports.api },
    db: { port: ports.db, shadow_port: shadowPort(ports) },
    // Parts that nothing here uses. Each needs a port, and some need a gigabyte.
    'db.pooler': { enabled: false },
    studio: { enabled: false },
    local_smtp: { enabled: false },
    analytics: { enabled: false },
    edge_runtime: { enabled: hasFunctions, inspector_port: inspectorPort(ports) },
    ...(issuer !== null && {
      // aws_cognito can name a pool on AWS only, and one provider may be enabled. Of the others, workos
      // accepts any issuer. The CLI reads its discovery document and keys once, at the start.
      'auth.third_party.aws_cognito': { enabled: false },
      'auth.third_party.workos': { enabled: true, issuer_url: issuer },
    }),
  };
}

const HEAD = `# Generated from supabase/config.toml by \`npm start -- --docker\`, at every start. Not edited by hand.

`;

/** The text of the generated config.toml. @throws KitError SETTING_INVALID */
export const configFor = (toml: string, options: ProjectOptions, hasFunctions: boolean): string =>
  HEAD + setValues(toml, valuesFor(options, hasFunctions));

/** State of the CLI, not of the project. */
const OWN = new Set(['.temp', '.branches', 'config.toml']);

/**
 * Copies instead of links, because containers mount these folders, and the virtual machine of Docker
 * Desktop does not follow links out of the mounted folder.
 *
 * @throws KitError SETTING_INVALID
 */
export async function makeProject(options: ProjectOptions): Promise<void> {
  const from = path.join(options.from, 'supabase');
  const to = path.join(options.to, 'supabase');
  await mkdir(to, { recursive: true });
  // The copies may include an .env file of the project.
  await chmod(options.to, 0o700);
  for (const name of await readdir(to)) {
    if (!OWN.has(name)) await rm(path.join(to, name), { recursive: true, force: true });
  }
  const names = (await readdir(from)).filter((name) => !OWN.has(name));
  for (const name of names) {
    await cp(path.join(from, name), path.join(to, name), { recursive: true, dereference: true });
  }
  const functions = names.includes('functions') ? await readdir(path.join(from, 'functions')) : [];
  const hasFunctions = functions.some((name) => !/^[._]/.test(name));
  const config = configFor(
    await readFile(path.join(from, 'config.toml'), 'utf8'),
    options,
    hasFunctions,
  );
  await writeFile(path.join(to, 'config.toml'), config, { mode: 0o600 });
}
