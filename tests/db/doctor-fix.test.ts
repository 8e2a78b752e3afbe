/** `doctor --fix`: runs the SQL that is safe, and nothing without consent. */
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runDoctor } from '../../cli/doctor/command.ts';
import { type Stack, startStack } from '../../cli/testing/index.ts';
import { type KitProject, kitProject } from '../support/kit-project.ts';

let copy: KitProject;
let stack: Stack;

beforeAll(async () => {
  copy = await kitProject();
  stack = await startStack(copy);
  await stack.sql('select cognito.refresh()');
});
afterAll(async () => {
  await stack?.stop();
  await copy?.remove();
});

const doctor = async (options: object) => {
  const lines: string[] = [];
  const print = (line: string) => void lines.push(line);
  const world = { input: Readable.from([]), env: { ...stack.env }, print };
  const code = await runDoctor({ workdir: copy.workdir, ...options }, world);
  return { code, text: lines.join('\n') };
};

const isOpen = async () => {
  const [row] = await stack.sql(
    `select not relrowsecurity as it from pg_class where oid = 'public.letters'::regclass`,
  );
  return row?.it;
};

test('without consent it shows the SQL and changes nothing, with it the table is guarded', async () => {
  await stack.sql(
    'create table public.letters (id int); grant select on public.letters to authenticated',
  );
  const shown = await doctor({ fix: true });
  expect(shown.code).toBe(2);
  expect(shown.text).toContain(`→ select cognito_supabase.protect('public.letters');`);
  expect(shown.text).toContain('nothing was changed: --yes runs it');
  expect(await isOpen()).toBe(true);
  const mended = await doctor({ fix: true, yes: true });
  expect(mended.text).toContain('1 mended. Keep the SQL in a migration');
  // The grant is there, and no policy yet: a note.
  expect(mended.text).toContain('table-without-policies');
  expect(mended.code).toBe(0);
  expect(await isOpen()).toBe(false);
});

test('what it prints has no secret of the stack', async () => {
  const { text } = await doctor({ json: true });
  const { password } = new URL(stack.env.SUPABASE_DB_URL);
  expect(text).not.toContain(password);
  expect(text).not.toContain(stack.env.SUPABASE_SECRET_KEY);
});
