/** `--deploy`: runs `cdk deploy` for the stage, and leaves its outputs in a file. */
import { spawn } from 'node:child_process';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { KitError } from '@cognito-supabase/contract/errors';
import type { Env } from './options.ts';

export interface DeployOptions {
  readonly stage: string;
  /** The folder of the CDK app. */
  readonly dir: string;
  /** Where the outputs are written. */
  readonly outputsFile: string;
  /** Whether changes of permissions are deployed without a question. */
  readonly yes: boolean;
}

/** @throws KitError BAD_OPTION if there is no such folder; DEPLOY_FAILED */
export async function deploy(
  { stage, dir, outputsFile, yes }: DeployOptions,
  env: Env,
): Promise<void> {
  const found = await stat(dir).catch(() => undefined);
  if (!found?.isDirectory()) {
    throw new KitError(
      'BAD_OPTION',
      `--deploy needs a CDK app, and there is no folder ${dir}`,
      'name the folder of the app with --cdk-dir',
    );
  }
  const args = ['cdk', 'deploy', '-c', `stage=${stage}`, '--outputs-file', outputsFile];
  if (yes) args.push('--require-approval', 'never');
  // It runs the code of the app, which needs nothing of Supabase.
  const { SUPABASE_ACCESS_TOKEN: _, SUPABASE_DB_URL: __, PGPASSWORD: ___, ...rest } = env;
  const child = spawn('npx', args, { cwd: dir, env: rest, stdio: 'inherit' });
  const how = await new Promise<string | undefined>((resolve) => {
    child.on('error', ({ message }) => resolve(message));
    child.on('close', (code) => resolve(code === 0 ? undefined : `exit code ${code}`));
  });
  if (how === undefined) return;
  throw new KitError(
    'DEPLOY_FAILED',
    `cdk deploy failed in ${path.basename(dir)} (${how})`,
    'its message is above; correct the cause and run it again. Nothing of Supabase was changed',
  );
}
