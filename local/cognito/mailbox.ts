/**
 * The mail that a real pool would send. It is kept in memory for whoever develops, or tests, to read:
 * cognito-local prints codes to its log, where they do not belong.
 */
import { randomInt } from 'node:crypto';
import { codeMismatch, expiredCode } from './errors.ts';
import type { CodePurpose, LocalUser, MailedCode } from './user-pool.ts';

export type MessageKind =
  | 'AdminCreateUser'
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

const HOUR = 60 * 60 * 1000;
const LIFETIME: Readonly<Record<CodePurpose, number>> = {
  signUp: 24 * HOUR,
  forgotPassword: HOUR,
  verifyEmail: 24 * HOUR,
};

/** A fresh code, to be kept with the user and mailed. */
export const makeCode = (purpose: CodePurpose): MailedCode => ({
  code: randomInt(1_000_000).toString().padStart(6, '0'),
  expires: Date.now() + LIFETIME[purpose],
});

/** The user with a code added, replaced or, without one, used up. */
export function withCode(user: LocalUser, purpose: CodePurpose, code?: MailedCode): LocalUser {
  const { [purpose]: _used, ...rest } = user.Codes ?? {};
  return { ...user, Codes: code ? { ...rest, [purpose]: code } : rest };
}

/** @throws CognitoError `ExpiredCodeException` or `CodeMismatchException`. */
export function checkCode(user: LocalUser, purpose: CodePurpose, given: string): void {
  const kept = user.Codes?.[purpose];
  if (kept === undefined || kept.expires <= Date.now()) throw expiredCode();
  if (kept.code !== given) throw codeMismatch();
}

/** Where a code went, as the service tells it: with most of the address hidden. */
export const deliveryTo = (email: string) => ({
  AttributeName: 'email',
  DeliveryMedium: 'EMAIL' as const,
  Destination: email.replace(/^(.)[^@]*@(.).*$/u, '$1***@$2***'),
});
