/** What both directions say about a person. */

/** Somebody who is moved. */
export interface Going {
  /** In the project or pool that the person leaves. */
  readonly id: string;
  /** Verified. The first one names the person. */
  readonly email: string | undefined;
  /** Verified, with `+`. */
  readonly phone: string | undefined;
  /** Name, picture and the like, by the name in Cognito. */
  readonly profile: ReadonlyMap<string, string>;
  readonly isDisabled: boolean;
  /** What the person meets at the next sign-in. */
  readonly meets: string;
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

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
export const isUuid = (text: string): boolean => UUID.test(text);

/** Attributes of Cognito that have the same meaning in both. */
export const PROFILE = ['name', 'given_name', 'family_name', 'picture', 'locale'] as const;
