/** What is known of a stage's connection: the record in the file of this folder, and the one in Vault. */
import { KitError } from '@cognito-supabase/contract/errors';
import type { Database } from '../hosted/database.ts';
import { type Kept, readKept } from './kept-record.ts';
import { type Before, type RecordPlace, readRecord, recordName } from './record.ts';

export interface Known {
  /** Undefined before the first run. */
  readonly before: Before | undefined;
  readonly kept: Kept;
  /** Of the file, if another machine has ended that connection since. */
  readonly ended: Before | undefined;
  /** Whether Vault alone has the record. Then it does not say whose keys of AWS are deleted. */
  readonly isOfVaultAlone: boolean;
}

const union = (one: readonly string[], other: readonly string[]): string[] => [
  ...new Set([...one, ...other]),
];

/** Of one connection: the newer one, with all keys and issuers. What this folder's files had is in its file only. */
function merged(inFile: Before, inVault: Before): Before {
  const newer = inFile.revision > inVault.revision ? inFile : inVault;
  return {
    ...newer,
    isFirstHand: inFile.isFirstHand,
    madeKeys: union(inFile.madeKeys, inVault.madeKeys),
    issuers: union(inFile.issuers, inVault.issuers),
    envFiles: inFile.envFiles,
  };
}

const POOL = /^https:\/\/(?:issuer-)?cognito-idp\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?\/[\w-]+$/;

/** A record of Vault may name user pools only: `disconnect` no longer accepts them. */
const ofVault = (inVault: Before): Before => ({
  ...inVault,
  isFirstHand: false,
  issuers: inVault.issuers.filter((issuer) => POOL.test(issuer)),
});

/**
 * Vault decides where it has a record: the file may be one of a connection that another machine has ended since.
 *
 * @param isAccepted whether the project still accepts one of these issuers
 * @throws KitError RECORD_WRONG
 */
export async function readKnown(
  place: RecordPlace,
  db: Database,
  isAccepted: (issuers: readonly string[]) => Promise<boolean>,
): Promise<Known> {
  const inFile = await readRecord(place);
  const kept = await readKept(place, db);
  const { before: inVault, damage } = kept;
  if (inVault !== undefined) {
    if (inFile?.connection === inVault.connection)
      return { before: merged(inFile, inVault), kept, ended: undefined, isOfVaultAlone: false };
    const envFiles = inFile?.envFiles ?? [];
    return {
      before: { ...ofVault(inVault), envFiles },
      kept,
      ended: undefined,
      isOfVaultAlone: true,
    };
  }
  if (inFile === undefined && damage !== undefined)
    throw new KitError(
      damage.code,
      damage.message,
      `run it in the folder that has ${recordName(place)}, or delete the secret: the state of now then counts as the one before`,
    );
  const isEnded =
    inFile?.isKept === true &&
    kept.hasVault &&
    damage === undefined &&
    !(await isAccepted(inFile.issuers));
  const [before, ended] = isEnded ? [undefined, inFile] : [inFile, undefined];
  return { before, kept, ended, isOfVaultAlone: false };
}
