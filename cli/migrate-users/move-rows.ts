/** Moves the rows of one person to the sub, or finds that they have moved. */
import type { Entry, Journal } from './journal.ts';
import { type Going, Left } from './person.ts';
import type { Rows } from './rows.ts';

/** With a user. */
export type Created = Entry & { readonly newId: string; readonly username: string };

/** Tries of a person who signs in at the same moment, which takes the rows too. */
const TRIES = 5;

/** Rows that have moved must be with this user. Without proof, the map of ids would name the wrong one. @throws Left */
async function checkOwner(rows: Rows, { id, newId }: Created): Promise<void> {
  const owner = await rows.ownerOf(id);
  if (owner === newId) return;
  if (owner === undefined)
    throw new Left(
      'the rows have moved before, and only the database shows to which user of the pool',
      `set SUPABASE_DB_URL and run again, or see cognito_supabase.transfers, old_id ${id}`,
    );
  throw new Left(
    'the rows have moved to another user of the pool',
    `decide which user is the right one: the rows have the sub ${owner}, and ${newId} has this address`,
  );
}

/** @returns whether they move now, and not in an earlier transfer. @throws Left */
export async function moveRows(
  journal: Journal,
  rows: Rows,
  { id }: Going,
  created: Created,
): Promise<boolean> {
  let { state } = created;
  const transfer = { oldId: id, sub: created.newId };
  for (let tries = 0; tries < TRIES; tries += 1) {
    if (!(await rows.prepare(transfer))) {
      // They have moved: by a claim of this journal whose answer is lost, or before, or to somebody else.
      await checkOwner(rows, created);
      return state === 'moving' || created.own === true;
    }
    state = 'moving';
    await journal.write({ ...created, state });
    if (await rows.claim(transfer)) return true;
  }
  throw new Left('the rows did not move, because something else prepares them', 'run again');
}
