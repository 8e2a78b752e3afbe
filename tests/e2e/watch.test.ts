/** `--watch` applies a migration when it is saved. */
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { OwnProject } from '../support/own-project.ts';

let project: OwnProject;
beforeEach(async () => {
  project = await OwnProject.make();
});
afterEach(() => project.remove());

test('new, changed, broken and removed migrations, with types', async () => {
  const types = path.join(project.folder, 'types.ts');
  await project.takeModules('trust');
  const stack = project.start('--watch', '--types', types);
  const env = await stack.ready();
  const until = (check: () => Promise<void> | void) =>
    vi.waitFor(check, { timeout: 30_000, interval: 100 });
  const rows = async (name: string) => {
    const headers = { apikey: env.SUPABASE_SECRET_KEY };
    const answer = await fetch(`${env.SUPABASE_URL}/rest/v1/${name}`, { headers });
    return [answer.status, await answer.json()] as const;
  };
  const FILE = 'migrations/20270101000000_books.sql';
  const books = (more: string) =>
    `create table public.books (id int primary key${more});
     grant select on public.books to service_role;
     select cognito_supabase.protect('public.books');`;
  try {
    expect(await readFile(types, 'utf8')).toContain('revoke_user');

    await project.write(FILE, books(''));
    await until(async () => {
      expect(await rows('books')).toEqual([200, []]);
      expect(await readFile(types, 'utf8')).toContain('books: {');
    });

    await project.write(FILE, books(', title text'));
    await until(async () => {
      expect(await rows('books?select=title')).toEqual([200, []]);
      expect(await readFile(types, 'utf8')).toContain('title: string | null');
    });
    expect(stack.output()).toContain('20270101000000_books.sql has changed since it was applied');
    expect(stack.output()).toContain('the database is made anew, without its rows');

    await project.write('migrations/20270101000001_broken.sql', 'creat table x ();');
    await until(() => {
      expect(stack.output()).toMatch(/^error MIGRATION_FAILED: .*_broken\.sql: .*"creat"/m);
    });
    await rm(path.join(project.folder, 'supabase/migrations/20270101000001_broken.sql'));
    await rm(path.join(project.folder, 'supabase', FILE));
    await until(async () => {
      expect((await rows('books'))[0]).toBe(404);
      expect(await readFile(types, 'utf8')).not.toContain('books: {');
    });
    expect(stack.output()).toContain('books.sql was applied and does not exist any more');
  } finally {
    await stack.stop();
  }
  expect(await stack.exit).toBe(0);
});
