/**
 * `npm run bench:migrate-users`: 10,000 people from a stand-in of Supabase Auth to the local pool, and everybody of the
 * pool to another stand-in. All services refuse, fail, drop connections and lose answers, and each move is stopped a few
 * times. It ends with 1 if somebody is lost, is there twice, or has no rows.
 */
import path from 'node:path';
import type { UserType } from '@aws-sdk/client-cognito-identity-provider';
import type { Direction } from '../../cli/migrate-users/options.ts';
import { migrate } from '../../cli/migrate-users/run.ts';
import { type AuthAdmin, startAuthAdmin } from '../support/auth-admin.ts';
import type { Faults } from '../support/faults.ts';
import { startFaultyProxy } from '../support/faulty-proxy.ts';
import { makeOldPeople, type OldPerson } from '../support/migrate-people.ts';
import { attributeOf, rowsOf, startMigrateWorld } from '../support/migrate-world.ts';

/** About 92 of 100 go, so 10,000 go each way. */
const [, , size = '10900'] = process.argv;
const PEOPLE = Number(size);
const ODDS = { refuse: 0.01, fail: 0.02, drop: 0.01, lose: 0.02 };
/** Requests a second to Supabase Auth. */
const RATE = 400;
/** Newcomers during the reading of the list, and people who are deleted meanwhile. */
const CHANGES = 20;
/** The move is stopped after these shares of all requests that it is expected to send. */
const STOPS = [0.2, 0.5, 0.8];

class Stopped extends Error {}

interface Line {
  readonly name: string;
  readonly found: number;
  readonly wanted: number;
}

const world = await startMigrateWorld();
const { env } = world.stack;
const lines: Line[] = [];
const check = (name: string, found: number, wanted: number): void => {
  lines.push({ name, found, wanted });
};

let [requests, stopAt, stop] = [0, Number.POSITIVE_INFINITY, (): void => {}];
const onRequest = (): void => {
  requests += 1;
  if (requests === stopAt) stop();
};

async function move(direction: Direction, own: Readonly<Record<string, string>>, expected: number) {
  const file = (what: string): string => path.join(world.dir, `${direction}-${what}`);
  const options = {
    ...{
      rate: 1000,
      isDryRun: false,
      userPoolId: undefined,
      region: undefined,
      endpoint: undefined,
    },
    ...{ dir: world.dir, state: file('journal'), map: file('map') },
    ...{ report: file('report'), people: file('people') },
  };
  const began = performance.now();
  const run = async (signal: AbortSignal, print: (line: string) => void) =>
    migrate(direction, options, {
      env: { ...env, ...own },
      print,
      signal,
      progressOn: process.stdout,
    });
  requests = 0;
  for (const share of STOPS) {
    const controller = new AbortController();
    [stopAt, stop] = [Math.round(expected * share), () => controller.abort(new Stopped())];
    await run(controller.signal, () => {}).catch((error) => {
      if (!(error instanceof Stopped)) throw error;
    });
  }
  stopAt = Number.POSITIVE_INFINITY;
  await run(new AbortController().signal, console.log);
  const seconds = (performance.now() - began) / 1000;
  // Newcomers, and nothing for everybody else.
  await run(new AbortController().signal, () => {});
  console.log(
    `\n${direction}: ${seconds.toFixed(0)} s, ${requests.toLocaleString('en')} requests\n`,
  );
}

const faultsOf = (name: string, { counts }: Faults): string =>
  `${name.padEnd(16)}${Array.from(counts, ([kind, n]) => `${kind} ${n}`).join(', ')}`;

const goes = ({ kind }: OldPerson): boolean => kind === 'goes' || kind === 'known';

/** Everybody of the pool by address, and how many are there more than once. */
function byEmail(users: readonly UserType[]) {
  const subs = new Map(users.map((user) => [attributeOf(user, 'email'), attributeOf(user, 'sub')]));
  return { subs, twice: users.length - subs.size };
}

async function toCognito(): Promise<void> {
  const people = makeOldPeople(PEOPLE + CHANGES, 7);
  const [first, newcomers] = [people.slice(0, PEOPLE), people.slice(PEOPLE)];
  for (const { user, kind } of people)
    if (kind === 'known' || kind === 'squatted')
      await world.addUser(user.email ?? '', kind === 'known');
  await world.addRows(people);
  const gone = new Set<string>();
  const onPage = (page: number, { users }: AuthAdmin): void => {
    if (page !== 2 || gone.size > 0) return;
    for (const { user } of newcomers) users.set(user.id, user);
    // They are on the first page, so the others move up by their number.
    for (const { user } of first.slice(-CHANGES)) gone.add(user.id);
    for (const id of gone) users.delete(id);
  };
  const auth = await startAuthAdmin(
    first.map(({ user }) => user),
    { seed: 3, odds: ODDS, rate: RATE, onPage, onRequest },
  );
  const cognito = await startFaultyProxy({
    target: env.COGNITO_ENDPOINT,
    seed: 4,
    odds: ODDS,
    onRequest,
  });
  const data = await startFaultyProxy({ target: env.SUPABASE_URL, seed: 5, odds: ODDS, onRequest });
  const own = { OLD_SUPABASE_URL: auth.url, OLD_SUPABASE_SECRET_KEY: auth.secretKey };
  await move(
    'to-cognito',
    { ...own, COGNITO_ENDPOINT: cognito.url, SUPABASE_URL: data.url },
    PEOPLE * 4,
  );

  const { subs, twice } = byEmail(await world.poolUsers());
  const owners = new Map((await rowsOf(world.stack)).map(({ name, ...row }) => [name, row]));
  const isRight = (owner: string | undefined, { user }: OldPerson): boolean => {
    const row = owners.get(user.email || user.id);
    return owner !== undefined && row?.owner === owner && row.letters === 2 && row.stamps === 1;
  };
  // Who was deleted during the reading may have gone or not.
  const still = people.filter(({ user }) => !gone.has(user.id));
  const [going, staying] = [still.filter(goes), still.filter((person) => !goes(person))];
  check('to Cognito: in the pool twice', twice, 0);
  check(
    'to Cognito: in the pool',
    going.filter(({ user }) => subs.has(user.email)).length,
    going.length,
  );
  const moved = going.filter((person) => isRight(subs.get(person.user.email), person));
  check('to Cognito: rows and foreign keys under the sub', moved.length, going.length);
  const stayed = staying.filter((person) => isRight(person.user.id, person));
  check('to Cognito: rows of everybody else under the old id', stayed.length, staying.length);
  console.log(faultsOf('Supabase Auth', auth.faults), `, throttled ${auth.throttled()}`);
  console.log(faultsOf('Cognito', cognito.faults));
  console.log(faultsOf('Data API', data.faults));
  for (const one of [auth, cognito, data]) await one.close();
}

async function toSupabase(): Promise<void> {
  const auth = await startAuthAdmin([], { seed: 8, odds: ODDS, rate: RATE, onRequest });
  const own = { SUPABASE_URL: auth.url, SUPABASE_SECRET_KEY: auth.secretKey };
  await move('to-supabase', own, PEOPLE);
  const pool = await world.poolUsers();
  const going = pool.filter((user) => attributeOf(user, 'email_verified') === 'true');
  const right = going.filter(
    (user) => auth.users.get(attributeOf(user, 'sub') ?? '')?.email === attributeOf(user, 'email'),
  );
  check('to Supabase Auth: there with the same id', right.length, going.length);
  check('to Supabase Auth: accounts', auth.users.size, going.length);
  check('to Supabase Auth: made', auth.created(), going.length);
  const rows = await rowsOf(world.stack);
  const subs = new Set(going.map((user) => attributeOf(user, 'sub')));
  const found = rows.filter(
    ({ owner, letters }) => subs.has(owner) && auth.users.has(owner) && letters === 2,
  );
  const owners = rows.filter(({ owner }) => subs.has(owner));
  check('to Supabase Auth: rows whose owner is there', found.length, owners.length);
  console.log(faultsOf('Supabase Auth', auth.faults), `, throttled ${auth.throttled()}`);
  await auth.close();
}

try {
  await toCognito();
  await toSupabase();
  console.log('');
  for (const { name, found, wanted } of lines)
    console.log(
      `${found === wanted ? '✓' : '✗'} ${name.padEnd(60)}${found.toLocaleString('en').padStart(8)} of ${wanted.toLocaleString('en')}`,
    );
  if (lines.some(({ found, wanted }) => found !== wanted)) process.exitCode = 1;
} finally {
  await world.stop();
}
