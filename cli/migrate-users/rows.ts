/** Moves the rows of a person by the functions of module `accounts`. */
import { Left } from './person.ts';
import { type Project, ProjectError } from './project.ts';
import type { Transfers } from './transfers.ts';

/** Who gets the rows of whom. */
export interface Transfer {
  readonly oldId: string;
  readonly sub: string;
}

export interface Rows {
  /**
   * Says whose rows are to move. Nothing moves yet.
   *
   * @returns false if they have moved already, with whatever sub.
   */
  prepare(transfer: Transfer): Promise<boolean>;
  /** @returns false if this transfer does not wait any more. @throws Left */
  claim(transfer: Transfer): Promise<boolean>;
  /** The sub to which rows have moved; undefined if it cannot be seen. @throws KitError */
  ownerOf(oldId: string): Promise<string | undefined>;
}

const FUNCTION_MISSING = new Set(['PGRST202', '42883']);

/**
 * The name under which a transfer waits, in the place of an address. No user of a pool has such an address. So nobody
 * else who signs in takes the rows, and a claim takes the rows of no other old account.
 */
const nameOf = ({ oldId, sub }: Transfer): string => `migrate-users:${oldId}:${sub}`;

/** @returns undefined if the project does not have the module. */
export async function openRows(project: Project, transfers: Transfers): Promise<Rows | undefined> {
  try {
    // It reads only.
    await project.rpc('old_account', { address: 'nobody@example.invalid' });
  } catch (error) {
    if (error instanceof ProjectError && FUNCTION_MISSING.has(error.code ?? '')) return undefined;
    throw error;
  }
  return {
    prepare: async (transfer) => {
      try {
        const address = nameOf(transfer);
        await project.rpc('prepare_transfer', { old_id: transfer.oldId, address });
        return true;
      } catch (error) {
        if (error instanceof ProjectError && error.code === 'PT409') return false;
        throw error;
      }
    },
    claim: async (transfer) => {
      try {
        const addresses = [nameOf(transfer)];
        const moved = await project.rpc('claim_transfer', { sub: transfer.sub, addresses });
        return moved !== null;
      } catch (error) {
        if (!(error instanceof ProjectError)) throw error;
        throw new Left(
          `the rows cannot move: ${error.message} (${error.code ?? error.status})`,
          'correct it in the database, and run again: nothing of the person has moved',
          { cause: error },
        );
      }
    },
    ownerOf: (oldId) => transfers.ownerOf(oldId),
  };
}
