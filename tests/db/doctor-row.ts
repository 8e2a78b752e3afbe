/** A row of doctor's table: a set-up that is wrong in one way, and the one finding. */
import type { FindingId } from '../../cli/doctor/catalogue/index.ts';
import type { Context } from '../../cli/doctor/check.ts';
import type { DoctorWorld } from './doctor-stand-ins.ts';

/** A database, broken by SQL. */
export interface DatabaseRow {
  readonly id: FindingId;
  readonly how: string;
  readonly sql: string;
}

export const row = (id: FindingId, how: string, sql: string): DatabaseRow => ({ id, how, sql });

export interface Broken {
  readonly context: Context;
  /** Also breaks the database. */
  readonly sql?: string;
  readonly undo?: () => void;
}

/** Something around the database. */
export interface OutsideRow {
  readonly id: FindingId;
  readonly how: string;
  readonly make: (right: Context, world: DoctorWorld) => Promise<Broken> | Broken;
}

export const outside = (id: FindingId, how: string, make: OutsideRow['make']): OutsideRow => ({
  ...{ id, how, make },
});

/** Nothing to look at. */
export const blank = ({ env, get, fetchJwks, now, version }: Context): Context => ({
  ...{ env, get, fetchJwks, now },
  ...(version !== undefined && { version }),
});
