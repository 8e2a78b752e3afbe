/** `cognito-supabase connect` and `disconnect` as a process of its own, which can be killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { type HostedWorld, REF } from './hosted-world.ts';

const ENTRY = path.resolve(import.meta.dirname, '../../cli/main.ts');

export interface ConnectProcess {
  readonly child: ChildProcess;
  /** All that it has printed. */
  output(): string;
  /** Exit code, or the signal that ended it. */
  readonly exit: Promise<number | NodeJS.Signals | null>;
}

/** @param onOutput is called for each piece of output. */
export function startConnect(
  world: HostedWorld,
  args: readonly string[],
  onOutput: (text: string) => void = () => {},
): ConnectProcess {
  const [, { env }] = world.run();
  const options = ['--stage', 'dev', '--project', REF, '--workdir', world.workdir, '--yes'];
  const child = spawn(process.execPath, [ENTRY, ...args, ...options], {
    // AWS_ENDPOINT_URL and the credentials of the stand-in are in this process's environment.
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      onOutput(text);
    });
  const exit = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.on('close', (code, signal) => resolve(signal ?? code));
  });
  return { child, output: () => output, exit };
}
