/** The people of the model: their values over time, and the events that report them. */

export const FIELDS = ['email', 'status', 'enabled', 'groups'] as const;
export type Field = (typeof FIELDS)[number];
export type State = { email: string; status: string; enabled: boolean; groups: string[] };
/** Time as Postgres writes it, in UTC with microseconds, so it sorts as text. */
export type Time = string;

export class User {
  readonly versions: { since: Time; state: State }[] = [];
  deletedAt: Time | null = null;
  /** Cognito's updated_at, which groups do not change. */
  updatedAt: Time;
  readonly sub: string;
  readonly createdAt: Time;

  constructor(sub: string, createdAt: Time) {
    this.sub = sub;
    this.createdAt = createdAt;
    this.updatedAt = createdAt;
  }

  get state(): State {
    const last = this.versions.at(-1);
    if (last === undefined) throw new Error('a user begins with a state');
    return last.state;
  }

  change(at: Time, change: Partial<State>): void {
    this.versions.push({ since: at, state: { ...this.state, ...change } });
    if (!('groups' in change)) this.updatedAt = at;
  }

  /** Values that the field has had at or after a time. */
  since(floor: Time, field: Field): unknown[] {
    return this.versions
      .filter((_, i) => (this.versions[i + 1]?.since ?? '9') > floor)
      .map(({ state }) => state[field]);
  }
}

export interface Event {
  readonly sub: string;
  readonly kind: string;
  readonly at: Time;
  readonly attributes: Record<string, string> | null;
  readonly groups: string[] | null;
}

/** Attributes in the form that a trigger gets. */
export const attributesOf = ({ sub, state }: User) => ({
  sub,
  email: state.email,
  email_verified: 'true',
  'cognito:user_status': state.status,
});
