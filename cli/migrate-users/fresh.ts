/**
 * Asks for a person again, right before the move. The list of many people is minutes or hours old by then: the person may
 * have been deleted or banned, or have another address.
 */
import type { Accounts } from './accounts.ts';
import { goingOf as oldGoing } from './old-people.ts';
import { type Going, Left } from './person.ts';
import { goingOf as poolGoing } from './pool-people.ts';
import { type Project, ProjectError } from './project.ts';

/** @throws Left, KitError */
export async function freshOldPerson(project: Project, { foundBy }: Going): Promise<Going> {
  try {
    const user = await project.call(() => project.find(foundBy));
    if (user === undefined)
      throw new Left('deleted from Supabase Auth after the list was read', 'nothing');
    return oldGoing(user, Date.now());
  } catch (error) {
    if (!(error instanceof ProjectError)) throw error;
    throw new Left(
      `Supabase Auth does not show the account: ${error.message} (${error.code ?? error.status})`,
      'see the logs of the project, and run again',
      { cause: error },
    );
  }
}

/** @throws Left, KitError */
export async function freshPoolPerson(accounts: Accounts, { id, foundBy }: Going): Promise<Going> {
  const account = await accounts.find(foundBy);
  if (account?.sub !== id)
    throw new Left('deleted from the pool after the list was read', 'nothing');
  return poolGoing(account);
}
