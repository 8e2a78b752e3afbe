/** Queries about users, on the live table and on the directory, with their times. */
import type pg from 'pg';
import { median } from './measure.ts';

export interface Question {
  readonly name: string;
  readonly live: string;
  readonly directory: string;
  readonly values: (user: { readonly email: string; readonly sub: string }) => readonly unknown[];
}

export const QUESTIONS: readonly Question[] = [
  {
    name: 'by email',
    live: 'select username, status, created_at from cognito.users where email = $1',
    directory: 'select username, status, created_at from cognito.directory where email = $1',
    values: ({ email }) => [email],
  },
  {
    name: 'by sub',
    // The live table has no column sub. Its attributes are an array of objects with one key.
    live: "select username, status, created_at from cognito.users where attributes @> jsonb_build_array(jsonb_build_object('sub', $1::text))",
    directory: 'select username, status, created_at from cognito.directory where sub = $1',
    values: ({ sub }) => [sub],
  },
  {
    name: 'newest 20',
    live: 'select username, email, created_at from cognito.users order by created_at desc limit 20',
    directory:
      'select username, email, created_at from cognito.directory where deleted_at is null order by created_at desc limit 20',
    values: () => [],
  },
  {
    name: 'count by status',
    live: 'select status, count(*) from cognito.users group by status order by status',
    directory:
      'select status, count(*) from cognito.directory where deleted_at is null group by status order by status',
    values: () => [],
  },
];

export interface Answered {
  readonly name: string;
  /** Time of one scan at the client. */
  readonly liveMs: number;
  /** Median time of the rounds at the client. */
  readonly directoryMs: number;
  readonly ratio: number;
}

async function timed(db: pg.Client, text: string, values: readonly unknown[]) {
  const began = performance.now();
  const { rows } = await db.query(text, [...values]);
  return { ms: performance.now() - began, rows };
}

/** Times as the client reads them; the stand-in's `timestamp` has no zone. */
const answerOf = (rows: readonly Record<string, unknown>[]): string =>
  JSON.stringify(rows.map(({ created_at: _, ...row }) => Object.values(row).map(String)).sort());

/**
 * Queries the live table once and the directory `rounds` times, each time for another user.
 *
 * @throws Error if the two results differ.
 */
export async function ask(
  db: pg.Client,
  question: Question,
  users: readonly { readonly email: string; readonly sub: string }[],
  rounds: number,
): Promise<Answered> {
  const { name, live, directory, values } = question;
  const userAt = (round: number) => {
    const user = users[(round * 7919) % users.length];
    if (!user) throw new Error('the pool is empty');
    return user;
  };
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    times.push((await timed(db, directory, values(userAt(round)))).ms);
  }
  const scan = await timed(db, live, values(userAt(1)));
  const same = await timed(db, directory, values(userAt(1)));
  if (answerOf(scan.rows) !== answerOf(same.rows)) throw new Error(`${name}: the answers differ`);
  const directoryMs = median(times);
  return { name, liveMs: scan.ms, directoryMs, ratio: scan.ms / directoryMs };
}
