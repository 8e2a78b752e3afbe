/** `migrate-users to-cognito --passwords` with a database that is an older copy of the one of the project. */
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AuthAdmin } from '../support/auth-admin.ts';
import { type OldPerson, peopleOf } from '../support/migrate-people.ts';
import { type MigrateWorld, startMigrateWorld } from '../support/migrate-world.ts';
import { authWith, fileOf, type Move, oldEnv, run } from './migrate-moves.ts';

let world: MigrateWorld;
beforeAll(async () => {
  world = await startMigrateWorld();
});
afterAll(() => world?.stop());

const HASH = `extensions.crypt('Correct-horse-42', extensions.gen_salt('bf', 4))`;
const CHANGED = '2026-01-02T03:04:05.678901Z';

/** auth.users without some of the people. */
async function copyOf(people: readonly OldPerson[]): Promise<void> {
  for (const { user } of people)
    await world.stack.sql(
      `insert into auth.users (id, aud, role, email, email_confirmed_at, encrypted_password, updated_at)
       values ($1, 'authenticated', 'authenticated', $2, now(), ${HASH}, $3)`,
      [user.id, user.email, CHANGED],
    );
}

async function withHashes(auth: AuthAdmin, name: string) {
  const { SUPABASE_DB_URL: OLD_SUPABASE_DB_URL } = world.stack.env;
  const env = oldEnv(world, auth, { OLD_SUPABASE_DB_URL });
  const move: Move = { direction: 'to-cognito', env, name, dir: world.dir };
  const csv = fileOf(move, 'import');
  const ended = await run(move, { csv, passwords: { column: undefined } }).catch((error) => error);
  return { ended, isWritten: existsSync(csv) };
}

const people = peopleOf(88, ...Array.from({ length: 30 }, (_, at) => `copy${at}@proof.example`));
const last = people.at(-1);
if (last === undefined) throw new Error('nobody was made');
const refused = {
  ended: { code: 'PROJECT_MISMATCH', message: expect.stringMatching(/older copy/) },
  isWritten: false,
};

test('one person is missing, one has changed since, one is deleted meanwhile', async () => {
  await copyOf(people.slice(0, -1));
  // The newest person is not in it.
  expect(await withHashes(await authWith(people), 'missing')).toMatchObject(refused);

  // That person is deleted after the list was read.
  const auth = await authWith(people, {
    onPerson: (id, { users }) => void (id === last.user.id && users.delete(id)),
  });
  expect(await withHashes(auth, 'deleted')).toMatchObject({ ended: { isWhole: true } });

  await copyOf([last]);
  const changedAt = (updated_at: string): readonly OldPerson[] =>
    people.map(({ kind, user }) => ({ kind, user: { ...user, updated_at } }));
  expect(await withHashes(await authWith(changedAt(CHANGED)), 'same')).toMatchObject({
    ended: { isWhole: true },
  });
  const later = changedAt('2026-01-02T05:00:00Z');
  expect(await withHashes(await authWith(later), 'older')).toMatchObject(refused);
});
