/** The two directions, in one form. */
import { makeBudget } from '../directory/budget.ts';
import type { RetryContext } from '../directory/retry.ts';
import type { PoolSettings } from '../directory/settings.ts';
import { openAccounts } from './accounts.ts';
import { freshOldPerson, freshPoolPerson } from './fresh.ts';
import { importText } from './import-file.ts';
import type { Entry, Journal } from './journal.ts';
import { sortOldPeople } from './old-people.ts';
import type { PasswordCells } from './passwords.ts';
import type { Going, Sorted } from './person.ts';
import { sortPoolPeople } from './pool-people.ts';
import { openProject, type Project, ProjectError } from './project.ts';
import { readPool, readProject } from './read-people.ts';
import { openRows, type Rows } from './rows.ts';
import type { Settings } from './settings.ts';
import { asArrived, isDone, moveToCognito, withNames } from './to-cognito.ts';
import { moveToSupabase } from './to-supabase.ts';
import { openTransfers } from './transfers.ts';

export interface ReadPeople extends Sorted {
  /** False if the list kept changing while it was read. */
  readonly isWhole: boolean;
}

export interface Way {
  /** From where to where. */
  readonly name: string;
  readonly from: string;
  readonly notes: readonly string[];
  /** Of the budget. */
  readonly requestsEach: number;
  read(): Promise<ReadPeople>;
  isDone(entry: Entry | undefined): boolean;
  /** Takes over what earlier runs have done. */
  resume(journal: Journal): void;
  /** The person as the place that is left shows them now. @throws Left, KitError */
  refresh(person: Going): Promise<Going>;
  /** @returns how the person came to be there. @throws Left, KitError */
  move(person: Going, journal: Journal): Promise<string>;
  /** With what the person meets after the move. */
  arrived(person: Going, entry: Entry | undefined): Going;
  /** What an earlier run may have left of a person who does not go any more. */
  begun(entry: Entry): string;
  /** A file for an import job. @default - there is no such job */
  readonly importJob?: ImportJob;
  close(): Promise<void>;
}

export interface ImportJob {
  readonly pool: PoolSettings;
  /** The columns of the file. */
  header(): Promise<readonly string[]>;
  text(
    header: readonly string[],
    people: readonly Going[],
    passwords: PasswordCells | undefined,
  ): string;
  /** Whether Supabase Auth still has the account. @throws KitError */
  isThere(person: Going): Promise<boolean>;
}

export interface WayParts {
  readonly settings: Settings;
  readonly context: RetryContext;
  /** Ends all waiting and sending. */
  readonly stop: (reason: Error) => void;
}

const NO_ROWS =
  'note: the project does not have module accounts, so no rows move. Change them by the map of ids, or add the module and run again';

const NO_DATABASE =
  'note: SUPABASE_DB_URL is not set. Only the database shows to whom rows have moved before, so such people are reported';

async function isThere(auth: Project, { foundBy }: Going): Promise<boolean> {
  try {
    return (await auth.call(() => auth.find(foundBy))) !== undefined;
  } catch (error) {
    // Without an answer, nobody counts as deleted.
    if (error instanceof ProjectError) return true;
    throw error;
  }
}

const notesOf = (rows: Rows | undefined, { transfers }: Settings): readonly string[] => {
  if (rows === undefined) return [NO_ROWS];
  return transfers === undefined ? [NO_DATABASE] : [];
};

const poolName = ({ pool }: Settings): string =>
  `${pool.userPoolId} of ${pool.endpoint ?? pool.region}`;

/** The budget is Cognito's. Projects say themselves when they have too much to do. */
function projectContext(context: RetryContext): RetryContext {
  const budget = makeBudget(Number.POSITIVE_INFINITY);
  context.signal.addEventListener('abort', () => budget.end(context.signal.reason));
  return { ...context, budget };
}

export async function toCognito({ settings, context }: WayParts): Promise<Way> {
  const free = projectContext(context);
  const auth = openProject(settings.auth, free);
  const transfers = openTransfers(settings.transfers);
  const rows = await openRows(openProject(settings.data, free), transfers);
  const accounts = openAccounts(settings.pool, context);
  const namedBy = await accounts.namedBy();
  const taken = new Map<string, string>();
  return {
    name: `${settings.auth.url} to ${poolName(settings)}, rows in ${settings.data.url}`,
    from: settings.auth.url,
    notes: notesOf(rows, settings),
    requestsEach: 2,
    read: async () => {
      const { people, isWhole } = await readProject(auth);
      return { ...withNames(namedBy, sortOldPeople(people.values(), Date.now())), isWhole };
    },
    isDone: (entry) => isDone(entry, rows),
    resume: (journal) => {
      for (const { id, newId } of journal.entries()) if (newId !== undefined) taken.set(newId, id);
    },
    refresh: (person) => freshOldPerson(auth, person),
    move: (person, journal) => moveToCognito({ accounts, namedBy, rows, journal, taken }, person),
    arrived: asArrived,
    begun: ({ newId }) =>
      `an earlier run has begun: ${newId === undefined ? 'look for a user of this address in the pool' : `user ${newId} of the pool may have the rows`}`,
    importJob: {
      pool: settings.pool,
      header: () => accounts.csvHeader(),
      text: (header, people, passwords) => importText(header, namedBy, people, passwords),
      isThere: (person) => isThere(auth, person),
    },
    close: async () => {
      accounts.close();
      await transfers.close();
    },
  };
}

export async function toSupabase({ settings, context, stop }: WayParts): Promise<Way> {
  const project = openProject(settings.auth, projectContext(context));
  const accounts = openAccounts(settings.pool, context);
  return {
    name: `${poolName(settings)} to ${settings.auth.url}`,
    from: poolName(settings),
    notes: [],
    requestsEach: 1,
    read: async () => {
      const { people, isWhole } = await readPool(settings.pool, context, stop);
      return { ...sortPoolPeople(people.values()), isWhole };
    },
    isDone: (entry) => entry?.state === 'done',
    resume: () => {},
    refresh: (person) => freshPoolPerson(accounts, person),
    move: (person, journal) => moveToSupabase(project, journal, person),
    arrived: (person) => person,
    begun: ({ id }) => `an earlier run has begun: look for account ${id} in Supabase Auth`,
    close: async () => accounts.close(),
  };
}
