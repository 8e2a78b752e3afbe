/** A scenario that tries a table in the matrix. */
import type { Statement } from '../support/sql.ts';
import type { Cast, Persona } from './matrix-cast.ts';

export type Row = Readonly<Record<string, unknown>>;

export interface Operation {
  /** Undefined reads every column that is granted. */
  readonly statement?: (cast: Cast, persona: Persona) => Statement;
  /** Set-up by the owner of the database. */
  readonly before?: (cast: Cast, persona: Persona) => readonly Statement[];
  /** The rows of the scenario, if it is not about all rows. */
  readonly among?: (row: Row) => boolean;
}

export interface TableScenario {
  /** Columns that identify a row. */
  readonly key: readonly string[];
  /** The fixture's rows, and those that a case may add. */
  readonly rows: (cast: Cast) => Statement;
  /** Whether the row may belong to the persona, by the rules and not by SQL. */
  readonly mine: (row: Row, persona: Persona, cast: Cast) => boolean;
  readonly operations: Readonly<Record<string, Operation>>;
}
