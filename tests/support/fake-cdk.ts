/** A CDK app whose `cdk` is a shell script. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** @param script gets the arguments of `cdk`, and runs in `dir` */
export async function addFakeCdk(dir: string, script: string): Promise<void> {
  const bin = path.join(dir, 'node_modules/.bin');
  await mkdir(bin, { recursive: true });
  await writeFile(path.join(dir, 'package.json'), '{}');
  await writeFile(path.join(bin, 'cdk'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}
