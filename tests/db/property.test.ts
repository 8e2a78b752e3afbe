/**
 * Thousands of random operations by random people through the Data API, compared with the rules in
 * TypeScript (model.ts): each is done or refused as in the model, and everybody sees exactly the rows
 * that the model allows.
 *
 * `PROPERTY_SEED=… PROPERTY_OPERATIONS=…` repeats a run, or makes a longer one.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MEMBERSHIP } from './property-membership.ts';
import { ROWS } from './property-rows.ts';
import { SESSIONS } from './property-sessions.ts';
import { Draw, type Operation, type Step } from './property-step.ts';
import { type Actor, type Answer, type Member, World } from './property-world.ts';

const SEED = Number(process.env.PROPERTY_SEED ?? Date.now() % 1_000_000);
const OPERATIONS = Number(process.env.PROPERTY_OPERATIONS ?? 5_250);
/** They run in parallel, because a request mostly waits. The worlds are independent. */
const WORLDS = 3;
/** After this number of operations, all visible rows are compared. */
const COMPARE_EACH = 150;
/** Number of the last lines of the trace that are printed. */
const TAIL = 40;

const DECK: readonly Operation[] = Object.values({ ...MEMBERSHIP, ...ROWS, ...SESSIONS }).flatMap(
  ([weight, operation]) => Array<Operation>(weight).fill(operation),
);

/** Numbers for all operations of a world; the same for the same seed. */
const numbers = (seed: number, count: number): readonly number[][] =>
  fc.sample(fc.noBias(fc.array(fc.nat(), { minLength: 12, maxLength: 12 })), {
    seed,
    numRuns: count,
  });

/** The problem of an answer; undefined if there is none. */
function wrong(step: Step, { data, error, status }: Answer, live: boolean): string | undefined {
  const got = `${status} ${error?.code ?? ''} ${error?.message ?? ''}`;
  if (error && (status >= 500 || error.code?.startsWith('40'))) return `is a failure: ${got}`;
  if (step.expected === 'either') return undefined;
  if (step.expected === 'refused') return error ? undefined : 'is not refused';
  if (step.expected === 'ok') return error ? `is not ok: ${got}` : undefined;
  // Without a matching row the trust check of the policy is not evaluated.
  if (error) return step.expected.length === 0 && !live ? undefined : `is refused: ${got}`;
  const ids = data.map((row: object) => Object.values(row)[0]).sort();
  const expected = [...step.expected].sort();
  return ids.join() === expected.join() ? undefined : `touches [${ids}] and not [${expected}]`;
}

async function run(seed: number, count: number): Promise<Readonly<Record<string, number>>> {
  const world = await World.start();
  const trace: string[] = [];
  const tally = { done: 0, refused: 0, sessions: 0, compared: 0 };
  const fail = (reason: string): never => {
    throw new Error(
      `PROPERTY_SEED=${SEED}, world ${seed}\n${trace.slice(-TAIL).join('\n')}\n${reason}`,
    );
  };

  const perform = async (actor: Actor, step: Step): Promise<void> => {
    trace.push(`${trace.length} ${actor.name}: ${step.what} → ${step.expected}`);
    const live = world.model.isLive(actor);
    const answer = await step.call();
    const reason = wrong(step, answer, live);
    if (reason !== undefined) fail(reason);
    if (answer.error) tally.refused += 1;
    else {
      tally.done += 1;
      await step.done?.(answer.data);
    }
  };

  const compare = async (): Promise<void> => {
    const differences = await world.differences();
    if (differences.length > 0) fail(differences.join('\n'));
    tally.compared += 1;
  };

  for (const [n, drawn] of numbers(seed, count).entries()) {
    const draw = new Draw(drawn);
    const member = draw.of(world.members) as Member;
    // Sometimes a token of an older session, which is mostly ended.
    const actor = world.actor(member, draw.chance(8) ? draw.of(member.sessions) : undefined);
    const isEnded = world.model.ended.has(world.actor(member).session);
    // A disabled person gets no new session.
    if (isEnded && !member.person.disabled && draw.chance(60)) {
      trace.push(`${trace.length} ${member.name}: signs in again`);
      await world.signInAgain(member);
      tally.sessions += 1;
    } else {
      let step: Step | undefined;
      while (step === undefined) step = (draw.of(DECK) as Operation)(world, actor, draw, n);
      await perform(actor, step);
    }
    if (n % COMPARE_EACH === COMPARE_EACH - 1) await compare();
  }
  // At the end everybody signs in again, to compare rows that were changed while they were signed out.
  await world.letEverybodyIn();
  await compare();
  await world.service
    .from('workspaces')
    .delete()
    .in(
      'id',
      [...world.model.workspaces].map(({ id }) => id),
    );
  return tally;
}

test(`${OPERATIONS} random operations do what the model says (PROPERTY_SEED=${SEED})`, async () => {
  const count = Math.ceil(OPERATIONS / WORLDS);
  const tallies = await Promise.all(
    Array.from({ length: WORLDS }, (_, at) => run(SEED + at, count)),
  );
  console.log(`PROPERTY_SEED=${SEED}`, tallies);
  for (const { done = 0, refused = 0 } of tallies) {
    // A run in which nearly everything or nothing is refused would prove little.
    expect(done).toBeGreaterThan(count / 4);
    expect(refused).toBeGreaterThan(count / 10);
  }
}, 240_000);
