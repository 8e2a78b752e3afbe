/** Mail that a real pool would send. It is kept in memory, for developers and tests to read. */

export type MessageKind =
  | 'AdminCreateUser'
  | 'Authentication'
  | 'ForgotPassword'
  | 'ResendCode'
  | 'SignUp'
  | 'UpdateUserAttribute'
  | 'VerifyUserAttribute';

export interface LocalMessage {
  readonly to: string;
  readonly subject: string;
  /** The code, or for `AdminCreateUser` the temporary password. */
  readonly code: string;
  /** ISO 8601. */
  readonly at: string;
  readonly kind: MessageKind;
}

const SUBJECTS: Readonly<Record<MessageKind, string>> = {
  AdminCreateUser: 'Your temporary password',
  Authentication: 'Your code to sign in',
  ForgotPassword: 'Your code to reset your password',
  ResendCode: 'Your verification code',
  SignUp: 'Your verification code',
  UpdateUserAttribute: 'Your code to confirm your new email address',
  VerifyUserAttribute: 'Your code to confirm your email address',
};

const MOST = 100;

export class Mailbox {
  readonly #messages: LocalMessage[] = [];
  readonly #onMessage: ((message: LocalMessage) => void) | undefined;

  constructor(onMessage?: (message: LocalMessage) => void) {
    this.#onMessage = onMessage;
  }

  send(kind: MessageKind, to: string, code: string): void {
    const message = { to, subject: SUBJECTS[kind], code, at: new Date().toISOString(), kind };
    this.#messages.unshift(message);
    this.#messages.length = Math.min(this.#messages.length, MOST);
    this.#onMessage?.(message);
  }

  /** Newest first; all of them, or those to one address. */
  list(to?: string): readonly LocalMessage[] {
    const address = to?.toLowerCase();
    return this.#messages.filter((message) => !address || message.to.toLowerCase() === address);
  }
}
