/** A program of the project that runs beside the stack, such as its dev server. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { KitError } from '@cognito-supabase/contract/errors';
import type { StackEnv } from '@cognito-supabase/contract/settings';
import { signalGroup } from './process-group.ts';
import type { MachineAccess } from './project-config.ts';
import type { Stops } from './stopping.ts';

/** What an app may know. The secret key is not among them. */
const PUBLIC_NAMES = [
  'SUPABASE_URL',
  'SUPABASE_PUBLISHABLE_KEY',
  'COGNITO_ENDPOINT',
  'COGNITO_ISSUER',
  'COGNITO_REGION',
  'COGNITO_USER_POOL_ID',
  'COGNITO_CLIENT_ID',
  'API_URL',
] as const satisfies readonly (keyof StackEnv)[];

/** Vite and Next.js give only names with these to the browser. */
const PREFIXES = ['', 'VITE_', 'NEXT_PUBLIC_'];

/** `nightly-report` → `MACHINE_NIGHTLY_REPORT`. */
const variableOf = (name: string): string => `MACHINE_${name.toUpperCase().replaceAll('-', '_')}`;

/** The public settings of the stack, with each prefix, and the app clients of programs, without one. */
export const appEnv = (
  env: StackEnv,
  machines: readonly MachineAccess[],
): Readonly<Record<string, string>> =>
  Object.fromEntries([
    ...PREFIXES.flatMap((prefix) => PUBLIC_NAMES.map((name) => [`${prefix}${name}`, env[name]])),
    ['COGNITO_TOKEN_ENDPOINT', `${env.COGNITO_ENDPOINT}/oauth2/token`],
    ...machines.flatMap(({ name, clientId, clientSecret }) => [
      [`${variableOf(name)}_CLIENT_ID`, clientId],
      [`${variableOf(name)}_CLIENT_SECRET`, clientSecret],
    ]),
  ]);

/** What is started, and what it gets. */
export interface App {
  /** A program and its arguments. */
  readonly command: readonly string[];
  readonly env: StackEnv;
  readonly machines: readonly MachineAccess[];
}

/**
 * Runs it with the terminal of the stack. It and all that it has started are stopped before the stack is.
 *
 * @param onExit gets its exit code when it ends by itself
 * @throws KitError BAD_OPTION if there is no such program
 */
export async function startApp(
  { command: [program = '', ...args], env, machines }: App,
  stops: Stops,
  onExit: (code: number) => void,
): Promise<void> {
  const child = spawn(program, args, {
    // A group of its own, because npm does not pass signals on.
    detached: true,
    stdio: 'inherit',
    env: { ...process.env, ...appEnv(env, machines) },
  });
  const ended = once(child, 'exit');
  try {
    await once(child, 'spawn');
  } catch (cause) {
    const hint = 'what follows -- is a program and its arguments, as in `-- npm run dev`';
    throw new KitError('BAD_OPTION', `${program} could not be run`, hint, { cause });
  }
  void ended.then(([code]) => onExit(code ?? 1));
  stops.push(async () => {
    signalGroup(child, 'SIGTERM');
    await ended;
    signalGroup(child, 'SIGKILL');
  });
}
