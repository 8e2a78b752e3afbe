/**
 * Compares the directory with a model of a user pool: changes, events that come late, twice and in any
 * order, and runs that read pages while people are added, changed, moved and deleted.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OwnStack, ownStack } from './directory-fixtures.ts';
import { KINDS, World } from './directory-world.ts';

let stack: OwnStack;
beforeAll(async () => {
  stack = await ownStack();
});
afterAll(() => stack.stop());

const emptied = () =>
  stack.db.query('truncate cognito.directory, cognito.directory_history, cognito.refresh_runs');

const steps = fc.array(
  fc.record({ kind: fc.constantFrom(...KINDS), pick: fc.nat({ max: 1000 }) }),
  { minLength: 20, maxLength: 60 },
);

test('with any events in any order, nothing is lost and nobody is wrongly deleted', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (list) => {
      await emptied();
      const world = new World(stack.db);
      for (let i = 0; i < 3; i += 1) await world.signUp(i);
      for (const step of list) {
        await world.step(step);
        await world.check();
      }
      await world.settle();
    }),
    { numRuns: 100 },
  );
}, 180_000);

test('events alone, in any order and any number of times, come to the same', async () => {
  const shuffled = fc.tuple(
    fc.array(
      fc.record({ kind: fc.constantFrom(...KINDS.slice(0, 8)), pick: fc.nat({ max: 1000 }) }),
      {
        minLength: 5,
        maxLength: 25,
      },
    ),
    fc.infiniteStream(fc.nat()),
  );
  await fc.assert(
    fc.asyncProperty(shuffled, async ([list, random]) => {
      await emptied();
      const world = new World(stack.db);
      for (const step of [{ kind: 'sign up', pick: 0 } as const, ...list]) await world.step(step);
      // No event contains when the directory first learned of a person.
      const what = `select to_jsonb(d) - 'first_seen_at' as row from cognito.directory as d order by sub`;
      for (const event of world.events) await world.deliver(event);
      const inOrder = (await stack.db.query(what)).rows;

      await emptied();
      const twice = [...world.events, ...world.events]
        .map((event) => ({ event, place: random.next().value }))
        .sort((a, b) => a.place - b.place);
      for (const { event } of twice) await world.deliver(event);
      expect((await stack.db.query(what)).rows).toEqual(inOrder);

      const { rows } = await stack.db.query(
        'select sub, status, enabled, email, groups, deleted_at is not null as gone from cognito.directory order by sub',
      );
      expect(rows).toEqual(
        [...world.users]
          .sort((a, b) => (a.sub < b.sub ? -1 : 1))
          .map(({ sub, state, versions, deletedAt }) => ({
            sub,
            ...state,
            groups:
              versions.some((version) => version.state.groups.length > 0) || regrouped(world, sub)
                ? state.groups
                : null,
            gone: deletedAt !== null,
          })),
      );
    }),
    { numRuns: 60 },
  );
}, 180_000);

const regrouped = (world: World, sub: string) =>
  world.events.some((event) => event.sub === sub && event.kind === 'regrouped');
