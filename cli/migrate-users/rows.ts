/** Moves the rows of a person by the functions of module `accounts`. */
import { Left } from './person.ts';
import { type Project, ProjectError } from './project.ts';

export interface Rows {
  /**
   * Says whose rows are to move. Nothing moves yet.
   *
   * @returns false if they have moved already, with whatever sub.
   */
  prepare(oldId: string, address: string): Promise<boolean>;
  /** @returns false if there was nothing that waits for this address. @throws Left */
  claim(sub: string, address: string): Promise<boolean>;
}

const FUNCTION_MISSING = new Set(['PGRST202', '42883']);

/** @returns undefined if the project does not have the module. */
export async function openRows(project: Project): Promise<Rows | undefined> {
  try {
    // It reads only.
    await project.rpc('old_account', { address: 'nobody@example.invalid' });
  } catch (error) {
    if (error instanceof ProjectError && FUNCTION_MISSING.has(error.code ?? '')) return undefined;
    throw error;
  }
  return {
    prepare: async (oldId, address) => {
      try {
        await project.rpc('prepare_transfer', { old_id: oldId, address });
        return true;
      } catch (error) {
        if (error instanceof ProjectError && error.code === 'PT409') return false;
        throw error;
      }
    },
    claim: async (sub, address) => {
      try {
        return (await project.rpc('claim_transfer', { sub, addresses: [address] })) !== null;
      } catch (error) {
        if (!(error instanceof ProjectError)) throw error;
        throw new Left(
          `the rows cannot move: ${error.message} (${error.code ?? error.status})`,
          'correct it in the database, and run again: nothing of the person has moved',
          { cause: error },
        );
      }
    },
  };
}
