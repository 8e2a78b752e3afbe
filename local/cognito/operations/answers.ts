/**
 * Answers to what a sign-in was asked. cognito-local never looks at the session id of a challenge, so
 * that there anyone can answer for anyone.
 */
import type { AppClient } from 'cognito-local/lib/services/appClient.js';
import { verify as verifyTotp } from 'cognito-local/lib/services/totp.js';
import {
  checkAttributes,
  checkEmailFree,
  identityOf,
  withAttributes,
  withPassword,
} from '../accounts.ts';
import type { Challenge } from '../challenges.ts';
import { awsError, notAuthorized } from '../errors.ts';
import type { Input } from '../input.ts';
import type { Kit } from '../kit.ts';
import { provesPassword } from '../srp.ts';
import type { Attribute, LocalUser } from '../user-pool.ts';
import { afterNewPassword, afterPassword, grant } from './entry.ts';

export type Answer = (kit: Kit, client: AppClient, input: Input) => Promise<object>;

export const ANSWERS: Readonly<Record<string, Answer | undefined>> = {
  PASSWORD_VERIFIER: async (kit, client, input) => {
    const responses = input.map('ChallengeResponses');
    const id = responses.text('PASSWORD_CLAIM_SECRET_BLOCK');
    const expected = { name: 'PASSWORD_VERIFIER', clientId: client.ClientId } as const;
    const { exchange, username } = kit.challenges.recall(id, expected);
    kit.challenges.close(id);
    const user = namedUser(kit, responses, username);
    const claim = {
      timestamp: responses.text('TIMESTAMP'),
      signature: responses.text('PASSWORD_CLAIM_SIGNATURE'),
    };
    if (!user || !exchange || !provesPassword(exchange, identityOf(kit.pool, username), claim))
      throw notAuthorized();
    return afterPassword(kit, { user, client, clientMetadata: input.strings('ClientMetadata') });
  },

  NEW_PASSWORD_REQUIRED: async (kit, client, input) => {
    const responses = input.map('ChallengeResponses');
    const user = await kit.queue.run(() => {
      const asked = answering(kit, { name: 'NEW_PASSWORD_REQUIRED', client, input });
      const changed = withPassword(kit.pool, asked, responses.text('NEW_PASSWORD'));
      const attributes = newAttributes(kit, asked, responses);
      const confirmed = withAttributes({ ...changed, UserStatus: 'CONFIRMED' }, attributes);
      kit.pool.save(confirmed);
      kit.challenges.close(input.text('Session'));
      return confirmed;
    });
    const entry = { user, client, clientMetadata: input.strings('ClientMetadata') };
    return afterNewPassword(kit, entry, 'TokenGeneration_NewPasswordChallenge');
  },

  SOFTWARE_TOKEN_MFA: async (kit, client, input) => {
    const user = answering(kit, { name: 'SOFTWARE_TOKEN_MFA', client, input });
    const code = input.map('ChallengeResponses').text('SOFTWARE_TOKEN_MFA_CODE');
    const secret = user.SoftwareTokenMfaConfiguration?.Secret;
    if (secret === undefined || !verifyTotp(secret, code))
      throw awsError('CodeMismatchException', 'Invalid code received for user');
    kit.challenges.close(input.text('Session'));
    return grant(kit, { user, client, clientMetadata: input.strings('ClientMetadata') });
  },
};

/** Clients name the user by id or by email; either must be the one who was asked. */
function namedUser({ pool }: Kit, responses: Input, username: string): LocalUser | undefined {
  const user = pool.find(responses.text('USERNAME'));
  return user?.Username === username ? user : undefined;
}

/** The user whose open challenge the request answers. */
function answering(
  kit: Kit,
  { name, client, input }: Pick<Challenge, 'name'> & { client: AppClient; input: Input },
): LocalUser {
  const id = input.text('Session');
  const { username } = kit.challenges.recall(id, { name, clientId: client.ClientId });
  const user = namedUser(kit, input.map('ChallengeResponses'), username);
  if (user === undefined) throw notAuthorized('Invalid session for the user.');
  if (!user.Enabled) throw notAuthorized('User is disabled.');
  return user;
}

/** Attributes that come with a new password, named `userAttributes.name`. */
function newAttributes({ pool }: Kit, user: LocalUser, responses: Input): readonly Attribute[] {
  const PREFIX = 'userAttributes.';
  const attributes = Object.keys(responses.raw)
    .filter((key) => key.startsWith(PREFIX))
    .map((key) => ({ Name: key.slice(PREFIX.length), Value: responses.maybe(key) ?? '' }));
  checkAttributes(pool, attributes, 'user');
  for (const { Name, Value } of attributes) if (Name === 'email') checkEmailFree(pool, user, Value);
  return attributes;
}
