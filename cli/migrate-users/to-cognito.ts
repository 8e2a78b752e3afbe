/**
 * Moves one person from Supabase Auth to the pool. The rows move before the user has a password: nobody can sign in and
 * find nothing.
 *
 * Every step is written into the journal, and can be done twice without harm.
 */
import { type Account, type Accounts, type NamedBy, NO_PASSWORD_YET } from './accounts.ts';
import type { Entry, Journal } from './journal.ts';
import { withStatus } from './meets.ts';
import { type Created, moveRows } from './move-rows.ts';
import { addressOf, type Going, Left, type LeftPerson, type Sorted } from './person.ts';
import type { Rows } from './rows.ts';
import { hasAddressesOf, isOwnWork, isSamePerson } from './same-person.ts';

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

interface Found {
  readonly created: Created;
  /** Whether this move has made the user, and nobody has a password of it. */
  readonly needsPassword: boolean;
  /** Whether somebody else has made the user, and the first sign-in is open. */
  readonly isInvited: boolean;
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

/** @param before times of requests of earlier runs whose answer is lost. */
async function makeAccount(
  move: ToCognito,
  person: Going,
  before: readonly number[] = [],
): Promise<Found> {
  const { accounts, journal } = move;
  const username = usernameOf(move.namedBy, person);
  const now = Date.now();
  await journal.write({ id: person.id, state: 'creating', began: [...before, now] });
  const { account: made, wasTried } = await accounts.create(username, person);
  const tries = wasTried ? [...before, now] : before;
  // The request has made nobody.
  if (made === undefined)
    await journal.write({ id: person.id, state: 'creating', began: [...tries] });
  const account = made ?? (await findExisting(move, username, person));
  takeSub(move, account.sub, person);
  const isOpen = account.status === NO_PASSWORD_YET;
  const own = made !== undefined || (isOpen && isOwnWork(account, person, tries));
  const created = {
    ...({ id: person.id, state: 'created', own } as const),
    ...{ newId: account.sub, username: account.username },
    ...(!own && { status: account.status }),
  };
  await journal.write(created);
  return { created, needsPassword: own, isInvited: !own && isOpen };
}

const isCreated = (entry: Entry | undefined): entry is Created =>
  entry?.newId !== undefined && entry.username !== undefined;

const hasMoved = ({ state, withRows }: Entry): boolean =>
  state === 'moved' || (state === 'done' && withRows === true);

/** Whether nothing is left to do. The project may have got module `accounts` since. */
export const isDone = (entry: Entry | undefined, rows: Rows | undefined): boolean =>
  entry?.state === 'done' &&
  (rows === undefined || entry.withRows === true) &&
  // An invitation ends, so the next run looks again.
  !(entry.own === false && entry.status === NO_PASSWORD_YET);

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
  const hasNoPassword = own === true && account.status === NO_PASSWORD_YET;
  const isOpen = hasNoPassword || state === 'created' || state === 'moving';
  if (!isOpen) return;
  if (hasNoPassword ? hasAddressesOf(account, person) : isSamePerson(account, person)) return;
  throw new Left(
    `the address has changed since an earlier run chose user ${newId} of the pool`,
    'if it is the same person, give that user the addresses that Supabase Auth has now, and run again',
  );
}

/** The user of an earlier run, or a new one. */
async function accountOf(move: ToCognito, person: Going): Promise<Found> {
  const before = move.journal.get(person.id);
  if (!isCreated(before)) return makeAccount(move, person, before?.began);
  const account = await move.accounts.find(before.username);
  if (account?.sub === before.newId) {
    checkAddresses(account, person, before);
    const isOpen = account.status === NO_PASSWORD_YET;
    // The person may have chosen a password since. After the end of a move, an administrator may have given one.
    const needsPassword = before.own === true && before.state !== 'done' && isOpen;
    const created = before.own === false ? { ...before, status: account.status } : before;
    return { created, needsPassword, isInvited: isOpen && !needsPassword };
  }
  if (before.state === 'created' || (before.state === 'done' && !before.withRows)) {
    move.taken.delete(before.newId);
    return makeAccount(move, person);
  }
  throw new Left(
    'its user in the pool was deleted after the rows had moved',
    `the rows ${hasMoved(before) ? 'have' : 'may have'} the sub ${before.newId}: see cognito_supabase.transfers, old_id ${person.id}`,
  );
}

/** Cognito sends no code for a forgotten password before the first sign-in. */
const invited = ({ newId }: Created): Left =>
  new Left(
    'the user of the pool waits for the first sign-in with a temporary password, and no journal says that this command made the user',
    `if the person has no valid invitation, send one to user ${newId} (AdminCreateUser with MessageAction RESEND): "forgot password" does not work before the first sign-in`,
  );

/** @throws Left, KitError */
export async function moveToCognito(move: ToCognito, person: Going): Promise<Arrival> {
  const { rows, journal, accounts } = move;
  const { created, needsPassword, isInvited } = await accountOf(move, person);
  let arrival: Arrival = created.own ? 'made' : 'were there already';
  if (rows !== undefined && !hasMoved(created)) {
    if (!(await moveRows(journal, rows, person, created))) arrival = 'had moved before';
    await journal.write({ ...created, state: 'moved' });
  }
  if (isInvited) throw invited(created);
  // From here on, the person can ask for a new password.
  if (needsPassword) await accounts.lockPassword(created.username);
  await journal.write({ ...created, state: 'done', withRows: rows !== undefined });
  return arrival;
}
