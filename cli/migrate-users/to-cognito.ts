/**
 * Moves one person from Supabase Auth to the pool. The rows move before the user has a password: nobody can sign in and
 * find nothing.
 *
 * Every step is written into the journal, and can be done twice without harm.
 */
import { type Account, type Accounts, type NamedBy, NO_PASSWORD_YET } from './accounts.ts';
import type { Entry, Journal } from './journal.ts';
import { withStatus } from './meets.ts';
import { addressOf, type Going, Left, type LeftPerson, lowerAscii, type Sorted } from './person.ts';
import type { Rows } from './rows.ts';

export interface ToCognito {
  readonly accounts: Accounts;
  readonly namedBy: NamedBy;
  /** Undefined without module `accounts`: only users are made. */
  readonly rows: Rows | undefined;
  readonly journal: Journal;
  /** Sub → the old id that has it. */
  readonly taken: Map<string, string>;
}

/** How somebody came to be in the pool. */
export type Arrival = 'made' | 'were there already' | 'had moved before';

/** With a user. */
type Created = Entry & { readonly newId: string; readonly username: string };

interface Found {
  readonly created: Created;
  /** Whether this move has made the user, and nobody has a password of it. */
  readonly needsPassword: boolean;
}

/** @throws Left if the pool has no name for this person. */
export function usernameOf(namedBy: NamedBy, { id, email, phone }: Going): string {
  if (namedBy.size === 0) return id;
  const address =
    (namedBy.has('email') ? email : undefined) ?? (namedBy.has('phone_number') ? phone : undefined);
  if (address !== undefined) return address;
  throw new Left(
    `the pool names its users by ${[...namedBy].join(' or ')}, and this person has none that is verified`,
    'the person verifies one in Supabase Auth, and then run again',
  );
}

/** Leaves out who has no name in the pool. */
export function withNames(namedBy: NamedBy, { going, left }: Sorted): Sorted {
  const named: Going[] = [];
  const unnamed: LeftPerson[] = [];
  for (const person of going) {
    try {
      usernameOf(namedBy, person);
      named.push(person);
    } catch (error) {
      if (!(error instanceof Left)) throw error;
      unnamed.push({ id: person.id, address: addressOf(person), left: error });
    }
  }
  return { going: named, left: [...left, ...unnamed] };
}

/** Attributes of the pool, and the person's value. */
const addressesOf = ({ email, phone }: Going) =>
  [
    ['email', email],
    ['phone_number', phone],
  ] as const;

const valueIn = ({ attributes }: Account, name: string): string | undefined => {
  const value = attributes.get(name);
  return value ? lowerAscii(value) : undefined;
};

/**
 * Whether the user of the pool has proved to own an address of the person. If both have an email address, it decides: a
 * number may have had another owner before.
 */
function isSamePerson(account: Account, person: Going): boolean {
  const { status, attributes } = account;
  // A provider may say of an address that it is verified without having checked it.
  if (status === 'EXTERNAL_PROVIDER' || status === 'UNCONFIRMED') return false;
  const [decides] = addressesOf(person).flatMap(([name, value]) =>
    value !== undefined && attributes.get(`${name}_verified`) === 'true'
      ? [valueIn(account, name) === value]
      : [],
  );
  return decides ?? false;
}

/** Whether a user that this move has made has the addresses that the person has now. */
const hasAddressesOf = (account: Account, person: Going): boolean =>
  addressesOf(person).every(([name, value]) => valueIn(account, name) === value);

/** @throws Left if it cannot be the same person. */
async function findExisting({ accounts }: ToCognito, username: string, person: Going) {
  const names = new Set([username, person.email, person.phone].filter((name) => name));
  for (const name of names) {
    const account = name && (await accounts.find(name));
    if (account && isSamePerson(account, person)) return account;
    if (account)
      throw new Left(
        'the pool has a user of this address, who has not verified it, has another verified address, or is of an identity provider',
        'if it is the same person, verify the address in the pool; otherwise delete that user. Then run again',
      );
  }
  throw new Left(
    'the pool says that the address is taken, and shows no user of it',
    'look for a user with this address or number in the pool',
  );
}

/** One user takes the rows of one old account. */
function takeSub({ taken }: ToCognito, sub: string, { id }: Going): void {
  const owner = taken.get(sub) ?? id;
  if (owner !== id)
    throw new Left(
      `the same user of the pool has the rows of ${owner}`,
      'decide which account is the right one, and move the other one by hand',
    );
  taken.set(sub, id);
}

async function makeAccount(move: ToCognito, person: Going, before?: Entry): Promise<Found> {
  const { accounts, journal } = move;
  const username = usernameOf(move.namedBy, person);
  if (before === undefined) await journal.write({ id: person.id, state: 'creating' });
  const { account: made, wasTried } = await accounts.create(username, person);
  const account = made ?? (await findExisting(move, username, person));
  takeSub(move, account.sub, person);
  // Only a try before this one can have made it. Nobody has a password of it yet.
  const mayBeOwn = before !== undefined || wasTried;
  const own = made !== undefined || (mayBeOwn && account.status === NO_PASSWORD_YET);
  const created = {
    ...({ id: person.id, state: 'created', own } as const),
    ...{ newId: account.sub, username: account.username },
    ...(!own && { status: account.status }),
  };
  await journal.write(created);
  return { created, needsPassword: own };
}

const isCreated = (entry: Entry | undefined): entry is Created =>
  entry?.newId !== undefined && entry.username !== undefined;

/** Whether nothing is left to do. The project may have got module `accounts` since. */
export const isDone = (entry: Entry | undefined, rows: Rows | undefined): boolean =>
  entry?.state === 'done' && (rows === undefined || entry.withRows === true);

/** What the person meets, with what the move has found in the pool. */
export const asArrived = (person: Going, entry: Entry | undefined): Going =>
  entry?.own === false && entry.status !== undefined
    ? { ...person, meets: withStatus(entry.status, person.meets) }
    : person;

/**
 * The person may have another address since an earlier run. Rows and "forgot password" would then go to the owner of the
 * address before.
 *
 * @throws Left
 */
function checkAddresses(account: Account, person: Going, { own, state, newId }: Created): void {
  const isOpen = own ? account.status === NO_PASSWORD_YET : state === 'created';
  if (!isOpen) return;
  if (own ? hasAddressesOf(account, person) : isSamePerson(account, person)) return;
  throw new Left(
    `the address has changed since an earlier run chose user ${newId} of the pool`,
    'if it is the same person, give that user the addresses that Supabase Auth has now, and run again',
  );
}

/** The user of an earlier run, or a new one. */
async function accountOf(move: ToCognito, person: Going): Promise<Found> {
  const before = move.journal.get(person.id);
  if (!isCreated(before)) return makeAccount(move, person, before);
  const account = await move.accounts.find(before.username);
  if (account?.sub === before.newId) {
    checkAddresses(account, person, before);
    // The person may have chosen a password since.
    const needsPassword = before.own === true && account.status === NO_PASSWORD_YET;
    return { created: before, needsPassword };
  }
  if (before.state === 'created' || (before.state === 'done' && !before.withRows)) {
    move.taken.delete(before.newId);
    return makeAccount(move, person, { id: person.id, state: 'creating' });
  }
  throw new Left(
    'its user in the pool was deleted after the rows had moved',
    `the rows have the sub ${before.newId}`,
  );
}

/** Tries of a person who signs in at the same moment, which takes the rows too. */
const TRIES = 5;

/** @returns whether they move now, and not in an earlier transfer. @throws Left */
async function moveRows(
  { journal }: ToCognito,
  rows: Rows,
  person: Going,
  created: Created,
): Promise<boolean> {
  let { state } = created;
  const address = addressOf(person);
  for (let tries = 0; tries < TRIES; tries += 1) {
    if (!(await rows.prepare(person.id, address))) {
      // They have moved: by a claim of this journal whose answer is lost, or before.
      if (state === 'moving') return true;
      if (!created.own) return false;
      throw new Left(
        'the rows had moved to another user of the pool, who is gone',
        `see cognito_supabase.transfers, old_id ${person.id}`,
      );
    }
    state = 'moving';
    await journal.write({ ...created, state });
    if (await rows.claim(created.newId, address)) return true;
  }
  throw new Left('the rows did not move, because something else prepares them', 'run again');
}

/** @throws Left, KitError */
export async function moveToCognito(move: ToCognito, person: Going): Promise<Arrival> {
  const { rows, journal, accounts } = move;
  const { created, needsPassword } = await accountOf(move, person);
  let arrival: Arrival = created.own ? 'made' : 'were there already';
  if (rows !== undefined && created.state !== 'moved') {
    if (!(await moveRows(move, rows, person, created))) arrival = 'had moved before';
    await journal.write({ ...created, state: 'moved' });
  }
  // From here on, the person can ask for a new password.
  if (needsPassword) await accounts.lockPassword(created.username);
  await journal.write({ ...created, state: 'done', withRows: rows !== undefined });
  return arrival;
}
