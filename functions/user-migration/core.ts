/**
 * The user migration trigger without Lambda: people of a Supabase Auth project sign in at the pool with their old
 * password, or ask for a new one, and keep their rows.
 *
 * Cognito makes the user after the trigger, so the new sub is not known here. The database is told which old account
 * was proved, and the post-authentication trigger moves the rows to the sub.
 *
 * Source of the event's shape: Cognito developer guide, "Migrate user Lambda trigger".
 */
import type { UserMigrationTriggerEvent } from 'aws-lambda';
import { reasonOf } from '../service/data-api.ts';
import type { CheckPassword, OldAccount } from './supabase-auth.ts';

export interface UserMigrationParts {
  readonly checkPassword: CheckPassword;
  /** The account of an address, without a password. */
  readonly findAccount: (address: string) => Promise<OldAccount | undefined>;
  /** Says that the owner of `address` has the old account. */
  readonly prepare: (oldId: string, address: string) => Promise<void>;
  /** Counts what happened. */
  readonly count: (outcome: MigrationOutcome) => void;
  /** Gets one line about a failure. The line contains no personal data. */
  readonly warn: (line: string) => void;
}

export type MigrationOutcome = 'migrated' | 'refused' | 'failed';

/** As on AWS, a trigger that throws refuses the sign-in, as a wrong password does. */
class RefusedMigration extends Error {
  override readonly name = 'RefusedMigration';
}

/** Verified addresses only: with any other one, somebody could claim rows of its owner. */
function verifiedAddress({ email, isEmailVerified, phone, isPhoneVerified }: OldAccount) {
  if (email !== undefined && isEmailVerified) return email;
  return phone !== undefined && isPhoneVerified ? phone : undefined;
}

function attributesOf({ email, isEmailVerified, phone, isPhoneVerified }: OldAccount) {
  return {
    ...(email !== undefined && { email, email_verified: String(isEmailVerified) }),
    ...(phone !== undefined && {
      phone_number: phone,
      phone_number_verified: String(isPhoneVerified),
    }),
  };
}

/** The old account that the event proves or names. Undefined if there is none, or the password is wrong. */
async function accountFor(
  { userName, request, triggerSource }: UserMigrationTriggerEvent,
  { checkPassword, findAccount }: UserMigrationParts,
): Promise<OldAccount | undefined> {
  const name = userName.trim().toLowerCase();
  if (name === '') return undefined;
  const account =
    triggerSource === 'UserMigration_Authentication'
      ? await checkPassword(name, request.password)
      : await findAccount(name);
  // The pool must not make a user of another name than the one that was asked for.
  const names = [account?.email?.toLowerCase(), account?.phone];
  return names.includes(name) ? account : undefined;
}

async function migrate(
  event: UserMigrationTriggerEvent,
  parts: UserMigrationParts,
): Promise<UserMigrationTriggerEvent> {
  const account = await accountFor(event, parts);
  const address = account && verifiedAddress(account);
  if (account === undefined || address === undefined)
    throw new RefusedMigration('no such account, or not verified');
  // First the database: without it the person would have an account and no rows.
  await parts.prepare(account.id, address);
  const isSignIn = event.triggerSource === 'UserMigration_Authentication';
  return {
    ...event,
    response: {
      ...event.response,
      userAttributes: attributesOf(account),
      // Nobody gets a mail about a new account. A forgotten password sends its code after this.
      messageAction: 'SUPPRESS',
      ...(isSignIn && { finalUserStatus: 'CONFIRMED' as const }),
    },
  };
}

/**
 * Makes the trigger's handler.
 *
 * @throws Error for a wrong password, an unknown or unverified account at a sign-in, and for an old project or a database that does
 * not answer: the person can try again. Its text is the same for all, so that it tells nobody which addresses exist.
 */
export const userMigration =
  (parts: UserMigrationParts) =>
  async (event: UserMigrationTriggerEvent): Promise<UserMigrationTriggerEvent> => {
    try {
      const answer = await migrate(event, parts);
      parts.count('migrated');
      return answer;
    } catch (error) {
      const isRefusal = error instanceof RefusedMigration;
      parts.count(isRefusal ? 'refused' : 'failed');
      // An event without attributes means that there is no such person, and Cognito answers as for any unknown name.
      // An error would tell who had an account.
      if (isRefusal && event.triggerSource === 'UserMigration_ForgotPassword') return event;
      if (!isRefusal) parts.warn(`user-migration: ${reasonOf(error)}`);
      throw new Error('Incorrect username or password.');
    }
  };
