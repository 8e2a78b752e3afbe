/** What doctor reads of a project: names of migrations, and which Edge Functions seem to verify a token. */
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readProjectFiles } from '../../../../cli/doctor/access/project.ts';

let workdir: string;

const FILES = {
  'migrations/0001_init.sql': '',
  'migrations/20261121090000_base.sql': '',
  'migrations/notes.md': '',
  'functions/_shared/auth.ts': "import { keys } from './deep/keys.ts';",
  'functions/_shared/deep/keys.ts': 'const end = "/.well-known/jwks.json";',
  'functions/_shared/text.ts': "import './auth-of-nobody.ts';",
  'functions/by-library/index.ts': "import { CognitoJwtVerifier } from 'npm:aws-jwt-verify@5';",
  'functions/by-setting/index.js': "Deno.env.get('COGNITO_ISSUER');",
  'functions/by-import/index.ts': "import { person } from '../_shared/auth.ts';",
  'functions/cron-job/index.ts': "import { text } from '../_shared/text.ts'; // of cognito",
  'functions/stripe hook/index.ts': "import Stripe from 'npm:stripe';",
  'functions/outside/index.ts': "import '../../../secret.ts';",
  'functions/empty/deno.json': '{}',
} as const;

beforeAll(async () => {
  workdir = await mkdtemp(path.join(tmpdir(), 'doctor-project-'));
  for (const [name, text] of Object.entries(FILES)) {
    const file = path.join(workdir, 'supabase', name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, text);
  }
  await writeFile(path.join(workdir, 'secret.ts'), 'jwtVerify');
  // A loop of imports, and a link that leads nowhere.
  await writeFile(path.join(workdir, 'supabase/functions/_shared/loop.ts'), "import './loop.ts';");
  await symlink('/nowhere', path.join(workdir, 'supabase/functions/cron-job/dead.ts'));
});
afterAll(() => rm(workdir, { recursive: true }));

test('migrations have a number of any length, as for the CLI', async () => {
  const project = await readProjectFiles(workdir);
  expect(project?.migrations).toEqual(['0001_init.sql', '20261121090000_base.sql']);
});

test('a function that verifies a token, itself or by a file that it imports', async () => {
  const project = await readProjectFiles(workdir);
  expect(project?.verifiers).toEqual(['by-import', 'by-library', 'by-setting']);
  expect(project?.functions).toHaveLength(7);
});
