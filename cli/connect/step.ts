/** The form of a step: look, and say what would change. Nothing is remembered between looking and changing. */
import type { Before } from './record.ts';
import type { World } from './world.ts';

export interface Done {
  readonly state: 'done';
  readonly says: string;
}

/** Not for this project, or not possible here. It is never counted as done. */
export interface LeftOut {
  readonly state: 'left out';
  readonly says: string;
}

export interface Change {
  readonly state: 'change';
  /** One line without secrets. */
  readonly says: string;
  readonly apply: () => Promise<void>;
}

export type Finding = Done | LeftOut | Change;

export interface Step {
  readonly name: string;
  /** Looks at what is there. @throws KitError if it cannot look */
  readonly inspect: (world: World) => Promise<Finding>;
  /** Looks for what `disconnect` has to give back. */
  readonly inspectUndo: (world: World, before: Before) => Promise<Finding>;
}

export const done = (says: string): Done => ({ state: 'done', says });
export const leftOut = (says: string): LeftOut => ({ state: 'left out', says });
export const change = (says: string, apply: () => Promise<void>): Change => ({
  state: 'change',
  says,
  apply,
});

/** For steps that only read, or whose result stays. */
export const nothingToUndo = (says: string) => async (): Promise<Finding> => done(says);
