/** Messages that a real pool would send by mail or SMS. They are kept in memory, for developers and tests. */
import type { MessageKind, OwnMessageKind } from '@cognito-supabase/contract/messages';

export interface LocalMessage {
  /** Its number since the start of the pool. */
  readonly id: number;
  /** An email address or a phone number. */
  readonly to: string;
  readonly medium: 'EMAIL' | 'SMS';
  /** Empty for an SMS. */
  readonly subject: string;
  /** With the code in its place. Of mail it may be HTML. */
  readonly text: string;
  /** The code, or for `AdminCreateUser` the temporary password. */
  readonly code: string;
  /** Confirms the account, in pools that send links. */
  readonly link?: string | undefined;
  /** ISO 8601. */
  readonly at: string;
  readonly kind: MessageKind | OwnMessageKind;
}

const MOST = 100;

export class Mailbox {
  readonly #messages: LocalMessage[] = [];
  #sent = 0;
  readonly #onMessage: ((message: LocalMessage) => void) | undefined;

  constructor(onMessage?: (message: LocalMessage) => void) {
    this.#onMessage = onMessage;
  }

  send(given: Omit<LocalMessage, 'id' | 'at'>): void {
    this.#sent += 1;
    const message = { id: this.#sent, ...given, at: new Date().toISOString() };
    this.#messages.unshift(message);
    this.#messages.length = Math.min(this.#messages.length, MOST);
    this.#onMessage?.(message);
  }

  find(id: number): LocalMessage | undefined {
    return this.#messages.find((message) => message.id === id);
  }

  /** Newest first; all of them, or those to one address. */
  list(to?: string): readonly LocalMessage[] {
    const address = to?.toLowerCase();
    return this.#messages.filter((message) => !address || message.to.toLowerCase() === address);
  }
}
