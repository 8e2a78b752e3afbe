/** What both directions say about a person. */
import type { Meets } from './meets.ts';

/** Somebody who is moved. */
export interface Going {
  /** In the project or pool that the person leaves. */
  readonly id: string;
  /** By which the place that the person leaves finds the person: the id, or a username of the pool. */
  readonly foundBy: string;
  /** Verified. The first one names the person. */
  readonly email: string | undefined;
  /** Verified, with `+`. */
  readonly phone: string | undefined;
  /** Name, picture and the like, by the name in Cognito. */
  readonly profile: ReadonlyMap<string, string>;
  readonly isDisabled: boolean;
  /** Of Supabase Auth, in milliseconds since the epoch. @default - unknown */
  readonly changedAt?: number | undefined;
  readonly meets: Meets;
}

/** Why somebody is not moved. Thrown where one person fails and the others go on. */
export class Left extends Error {
  override readonly name = 'Left';
  /** What an administrator can do about it. */
  readonly todo: string;

  constructor(reason: string, todo: string, options?: ErrorOptions) {
    super(reason, options);
    this.todo = todo;
  }
}

/** A line of the report. */
export interface LeftPerson {
  readonly id: string;
  /** Empty if the person has none. */
  readonly address: string;
  readonly left: Left;
}

export interface Sorted {
  readonly going: readonly Going[];
  readonly left: readonly LeftPerson[];
}

export const addressOf = ({ email, phone, id }: Going): string => email ?? phone ?? id;

/**
 * Only the letters of ASCII. Other letters become one of ASCII in lower case, such as the sign of Kelvin a `k`, and then
 * two addresses would be one.
 */
export const lowerAscii = (text: string): string =>
  text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
export const isUuid = (text: string): boolean => UUID.test(text);

/** Attributes of Cognito that have the same meaning in both. */
export const PROFILE = ['name', 'given_name', 'family_name', 'picture', 'locale'] as const;
