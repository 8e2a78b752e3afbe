/** Answers to the challenges of a sign-in. */
import { identityOf, withPassword } from '../../core/accounts.ts';
import { checkAttributes, checkEmailFree, withAttributes } from '../../core/attributes.ts';
import type { Challenge } from '../../core/challenges.ts';
import { answerCustom, decide, proceed } from '../../core/custom-auth.ts';
import { afterNewPassword, afterPassword, grant } from '../../core/entry.ts';
import { notAuthorized } from '../../core/errors.ts';
import type { Pool } from '../../core/pool.ts';
import { provesPassword } from '../../core/srp.ts';
import { checkTotp } from '../../core/totp.ts';
import type { Attribute, ClientRecord, UserRecord } from '../../store/records.ts';
import type { Input } from '../input.ts';

export type Answer = (pool: Pool, client: ClientRecord, input: Input) => Promise<object>;

export const ANSWERS: Readonly<Record<string, Answer | undefined>> = {
  PASSWORD_VERIFIER: async (pool, client, input) => {
    const responses = input.map('ChallengeResponses');
    const id = responses.text('PASSWORD_CLAIM_SECRET_BLOCK');
    const expected = { name: 'PASSWORD_VERIFIER', clientId: client.ClientId } as const;
    const { exchange, username, custom } = pool.challenges.recall(id, expected);
    pool.challenges.close(id);
    const clientMetadata = input.strings('ClientMetadata');
    const named = namedUser(pool, responses, username);
    const claim = {
      timestamp: responses.text('TIMESTAMP'),
      signature: responses.text('PASSWORD_CLAIM_SIGNATURE'),
    };
    const user = pool.lockouts.guard(username, () => {
      const identity = identityOf(pool.store, username);
      return named && exchange && provesPassword(exchange, identity, claim) ? named : undefined;
    });
    if (custom === undefined) return afterPassword(pool, { user, client, clientMetadata });
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
    const asked = answering(pool, { name: 'NEW_PASSWORD_REQUIRED', client, input });
    const changed = withPassword(pool.store, asked, responses.text('NEW_PASSWORD'));
    const attributes = newAttributes(pool, asked, responses);
    const user = withAttributes({ ...changed, UserStatus: 'CONFIRMED' }, attributes);
    pool.users.save(user);
    pool.challenges.close(input.text('Session'));
    const entry = { user, client, clientMetadata: input.strings('ClientMetadata') };
    return afterNewPassword(pool, entry, 'TokenGeneration_NewPasswordChallenge');
  },

  SOFTWARE_TOKEN_MFA: async (pool, client, input) => {
    const user = answering(pool, { name: 'SOFTWARE_TOKEN_MFA', client, input });
    const code = input.map('ChallengeResponses').text('SOFTWARE_TOKEN_MFA_CODE');
    try {
      checkTotp(user, code);
    } catch (error) {
      pool.challenges.fail(input.text('Session'));
      throw error;
    }
    pool.challenges.close(input.text('Session'));
    return grant(pool, { user, client, clientMetadata: input.strings('ClientMetadata') });
  },
};

/** Clients name the user by id or by email. Either must be the user of the challenge. */
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
  if (user === undefined && pool.users.find(username) !== undefined)
    throw notAuthorized('Invalid session for the user.');
  return user;
}

/** The user whose open challenge the request answers. */
function answering(
  pool: Pool,
  { name, client, input }: Pick<Challenge, 'name'> & { client: ClientRecord; input: Input },
): UserRecord {
  const id = input.text('Session');
  const { username } = pool.challenges.recall(id, { name, clientId: client.ClientId });
  const user = namedUser(pool, input.map('ChallengeResponses'), username);
  if (user === undefined) throw notAuthorized('Invalid session for the user.');
  if (!user.Enabled) throw notAuthorized('User is disabled.');
  return user;
}

/** Attributes that come with a new password, named `userAttributes.name`. */
function newAttributes({ store }: Pool, user: UserRecord, responses: Input): readonly Attribute[] {
  const PREFIX = 'userAttributes.';
  const attributes = Object.keys(responses.raw)
    .filter((key) => key.startsWith(PREFIX))
    .map((key) => ({ Name: key.slice(PREFIX.length), Value: responses.maybe(key) ?? '' }));
  checkAttributes(store, attributes, 'user');
  for (const { Name, Value } of attributes)
    if (Name === 'email') checkEmailFree(store, user, Value);
  return attributes;
}
