/** Answers to the challenges of a sign-in that begins with a password. */

import { notAuthorized } from '../../core/errors.ts';
import type { Pool } from '../../core/pool/pool.ts';
import type { Challenge } from '../../core/sign-in/challenges.ts';
import { answerCustom, decide, proceed } from '../../core/sign-in/custom-auth.ts';
import { afterNewPassword, afterPassword, type Entry } from '../../core/sign-in/entry.ts';
import { provesPassword } from '../../core/sign-in/srp.ts';
import { identityOf, withChosenPassword } from '../../core/users/accounts.ts';
import {
  attributeOf,
  checkAttributes,
  verification,
  withAttributes,
} from '../../core/users/attributes.ts';
import { claimNames } from '../../core/users/names.ts';
import type { Attribute, ClientRecord, UserRecord } from '../../store/records.ts';
import type { Input } from '../input.ts';

export type Answer = (pool: Pool, client: ClientRecord, input: Input) => Promise<object>;

export const ANSWERS: Readonly<Record<string, Answer>> = {
  PASSWORD_VERIFIER: async (pool, client, input) => {
    const responses = input.map('ChallengeResponses');
    const id = responses.text('PASSWORD_CLAIM_SECRET_BLOCK');
    const expected = { name: 'PASSWORD_VERIFIER', clientId: client.ClientId } as const;
    const { exchange, username, custom } = pool.challenges.recall(id, expected);
    pool.challenges.close(id);
    const clientMetadata = input.strings('ClientMetadata');
    const named = namedUser(pool, responses, username);
    const claim = claimOf(responses);
    const user = pool.lockouts.guard(username, () => {
      const identity = identityOf(pool.store, username);
      return named && exchange && provesPassword(exchange, identity, claim) ? named : undefined;
    });
    if (custom === undefined) return afterPassword(pool, entryOf(user, client, input));
    const { ClientId: clientId } = client;
    const caller = { clientId, name: username, user, metadata: clientMetadata };
    const passed = { challengeName: 'PASSWORD_VERIFIER', challengeResult: true } as const;
    const history = [...custom.history, passed];
    const signIn = { pool, client, caller };
    return proceed(signIn, history, await decide(signIn, history));
  },

  CUSTOM_CHALLENGE: async (pool, client, input) => {
    const id = input.text('Session');
    const { ClientId: clientId } = client;
    const challenge = pool.challenges.recall(id, { name: 'CUSTOM_CHALLENGE', clientId });
    const responses = input.map('ChallengeResponses');
    const user = userOfChallenge(pool, responses, challenge.username);
    const answer = responses.text('ANSWER');
    pool.challenges.close(id);
    const metadata = input.strings('ClientMetadata');
    const caller = { clientId, name: challenge.username, user, metadata };
    return answerCustom({ pool, client, caller }, challenge, answer);
  },

  NEW_PASSWORD_REQUIRED: async (pool, client, input) => {
    const responses = input.map('ChallengeResponses');
    const { user: asked } = answering(pool, { name: 'NEW_PASSWORD_REQUIRED', client, input });
    const changed = withChosenPassword(pool.store, asked, responses.text('NEW_PASSWORD'));
    const attributes = newAttributes(pool, { user: asked, client }, responses);
    const user = withAttributes({ ...changed, UserStatus: 'CONFIRMED' }, attributes);
    pool.store.transaction(() => {
      claimNames(pool.store, user);
      pool.users.save(user);
    });
    pool.challenges.close(input.text('Session'));
    const source = 'TokenGeneration_NewPasswordChallenge';
    return afterNewPassword(pool, entryOf(user, client, input), source);
  },
};

/** What an app sends to prove that it knows a password. */
export const claimOf = (responses: Input) => ({
  timestamp: responses.text('TIMESTAMP'),
  signature: responses.text('PASSWORD_CLAIM_SIGNATURE'),
});

/** A sign-in that goes on. The app names its device with each answer. */
export function entryOf(user: UserRecord, client: ClientRecord, input: Input): Entry {
  const deviceKey = input.map('ChallengeResponses').maybe('DEVICE_KEY');
  const clientMetadata = input.strings('ClientMetadata');
  return { user, client, clientMetadata, ...(deviceKey !== undefined && { deviceKey }) };
}

/** Clients name the user by any of its names. It must be the user of the challenge. */
function namedUser({ users }: Pool, responses: Input, username: string): UserRecord | undefined {
  const user = users.find(responses.text('USERNAME'));
  return user?.Username === username ? user : undefined;
}

/** The user of a challenge, or undefined if it was asked of a name that nobody has. */
export function userOfChallenge(
  pool: Pool,
  responses: Input,
  username: string,
): UserRecord | undefined {
  const user = namedUser(pool, responses, username);
  if (user === undefined && pool.users.get(username) !== undefined)
    throw notAuthorized('Invalid session for the user.');
  return user;
}

type Asked = Pick<Challenge, 'name'> & { readonly client: ClientRecord; readonly input: Input };

/** The open challenge that the request answers, and its user. */
export function answering(pool: Pool, { name, client, input }: Asked) {
  const id = input.text('Session');
  const challenge = pool.challenges.recall(id, { name, clientId: client.ClientId });
  const user = namedUser(pool, input.map('ChallengeResponses'), challenge.username);
  if (user === undefined) throw notAuthorized('Invalid session for the user.');
  if (!user.Enabled) throw notAuthorized('User is disabled.');
  return { challenge, user };
}

/** Runs the check of an answer. A wrong one is counted; a right one closes the challenge. */
export function settle(pool: Pool, input: Input, check: () => void): void {
  const id = input.text('Session');
  try {
    check();
  } catch (error) {
    pool.challenges.fail(id);
    throw error;
  }
  pool.challenges.close(id);
}

/** Attributes that come with a new password, named `userAttributes.name`. New addresses are not verified. */
function newAttributes(
  pool: Pool,
  { user, client }: Pick<Entry, 'user' | 'client'>,
  responses: Input,
): readonly Attribute[] {
  const PREFIX = 'userAttributes.';
  const attributes = Object.keys(responses.raw)
    .filter((key) => key.startsWith(PREFIX))
    .map((key) => ({ Name: key.slice(PREFIX.length), Value: responses.maybe(key) ?? '' }));
  checkAttributes(pool.store, attributes, { client });
  const contacts = (['email', 'phone_number'] as const).filter((contact) =>
    attributes.some(({ Name, Value }) => Name === contact && Value !== attributeOf(user, contact)),
  );
  return [...attributes, ...contacts.map((contact) => verification(contact, false))];
}
