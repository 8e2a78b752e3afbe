/** What happened to a user of the pool, as the database is told: in the trigger, or later by the queue. */
import { isMissingFunction, type ServiceRpc } from '../service/data-api.ts';

export interface UserEvent {
  readonly kind: 'confirmed' | 'signed_in';
  readonly sub: string;
  readonly username: string;
  /** Attributes as Cognito gives them to triggers. */
  readonly attributes: Readonly<Record<string, string>>;
  /** ISO 8601. A late report does not override a newer one. */
  readonly occurredAt: string;
}

/** Reads a message of the queue. @throws TypeError if it is none of ours */
export function parseUserEvent(text: string): UserEvent {
  const value = JSON.parse(text) as Partial<Record<keyof UserEvent, unknown>> | null;
  const { kind, sub, username, attributes, occurredAt } = value ?? {};
  const isText = (one: unknown): one is string => typeof one === 'string' && one !== '';
  const known = kind === 'confirmed' || kind === 'signed_in';
  if (!known || !isText(sub) || !isText(username) || !isText(occurredAt))
    throw new TypeError('not an event of a user');
  if (typeof attributes !== 'object' || attributes === null)
    throw new TypeError('an event of a user without attributes');
  return { kind, sub, username, occurredAt, attributes: attributes as Record<string, string> };
}

/** Calls a function, unless its module is not installed in this project. */
async function callIfThere(rpc: ServiceRpc, name: string, args: object): Promise<void> {
  try {
    await rpc(name, args as Record<string, unknown>);
  } catch (error) {
    if (!isMissingFunction(error)) throw error;
  }
}

/**
 * Makes the profile of a confirmed account, and reports the event to the directory. Doing it twice changes
 * nothing.
 */
export async function applyUserEvent(rpc: ServiceRpc, event: UserEvent): Promise<void> {
  const { kind, sub, username, attributes, occurredAt } = event;
  if (kind === 'confirmed') {
    const isVerified = attributes.email_verified === 'true';
    const email = isVerified ? attributes.email : undefined;
    await callIfThere(rpc, 'provision_profile', { sub, ...(email && { email }) });
  }
  await callIfThere(rpc, 'record_cognito_event', {
    ...{ sub, kind, username, attributes },
    occurred_at: occurredAt,
  });
}
