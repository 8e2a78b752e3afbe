/** USER_AUTH: the person chooses a first factor, a password or a code by mail. */
import { randomInt } from 'node:crypto';
import { hidesUsers } from '../../core/accounts.ts';
import { attributeOf } from '../../core/attributes.ts';
import { deliveryTo } from '../../core/codes.ts';
import { afterPassword } from '../../core/entry.ts';
import { awsError, invalidParameter, userNotFound } from '../../core/errors.ts';
import { factorsOf } from '../../core/factors.ts';
import type { Pool } from '../../core/pool.ts';
import { checkSecretHash } from '../../core/secrets.ts';
import type { ClientRecord, UserRecord } from '../../store/records.ts';
import type { Operations } from '../operation.ts';
import { signedIn, userOf } from '../operation.ts';
import { type Answer, userOfChallenge } from './answers.ts';
import { askForProof, checkPassword, type FlowRequest } from './proofs.ts';

/** The preferred factor if it can be had, otherwise the choice. */
export async function chooseFactor(
  pool: Pool,
  client: ClientRecord,
  request: FlowRequest,
): Promise<object> {
  const { parameters } = request;
  const name = parameters.text('USERNAME');
  checkSecretHash(client, name, parameters.maybe('SECRET_HASH'));
  const user = pool.users.find(name);
  if (user === undefined && !hidesUsers(client)) throw userNotFound();
  const preferred = parameters.maybe('PREFERRED_CHALLENGE');
  const available = choicesOf(pool, user);
  if (preferred !== undefined && available.includes(preferred))
    return begin(preferred, { pool, client, request, user, name });
  const clientId = client.ClientId;
  const username = user?.Username ?? name;
  return {
    ChallengeName: 'SELECT_CHALLENGE',
    AvailableChallenges: available,
    ChallengeParameters: {},
    Session: pool.challenges.ask({ name: 'SELECT_CHALLENGE', username, clientId }),
  };
}

/** A password can be sent, or proven by SRP. */
const choicesOf = (pool: Pool, user: UserRecord | undefined): readonly string[] =>
  factorsOf(pool, user).flatMap((factor) =>
    factor === 'PASSWORD' ? ['PASSWORD', 'PASSWORD_SRP'] : [factor],
  );

interface Choice {
  readonly pool: Pool;
  readonly client: ClientRecord;
  readonly request: FlowRequest;
  readonly user: UserRecord | undefined;
  /** As the person gave it. */
  readonly name: string;
}

async function begin(factor: string, choice: Choice): Promise<object> {
  const { pool, client, request } = choice;
  if (factor === 'PASSWORD') return checkPassword(pool, client, request);
  if (factor === 'PASSWORD_SRP') return askForProof(pool, client, request.parameters);
  return sendCode(choice);
}

/** A code of 8 digits, as on AWS. Where nobody may sign in, the answer looks the same. */
function sendCode({ pool, client, user, name }: Choice): object {
  const email = user && attributeOf(user, 'email');
  const code = email === undefined ? undefined : String(randomInt(1e8)).padStart(8, '0');
  const Session = pool.challenges.ask({
    name: 'EMAIL_OTP',
    username: user?.Username ?? name,
    clientId: client.ClientId,
    ...(code !== undefined && { code }),
  });
  if (email !== undefined && code !== undefined) pool.mailbox.send('Authentication', email, code);
  return {
    ChallengeName: 'EMAIL_OTP',
    ChallengeParameters: {
      CODE_DELIVERY_DELIVERY_MEDIUM: 'EMAIL',
      CODE_DELIVERY_DESTINATION: deliveryTo(email ?? name).Destination,
    },
    Session,
  };
}

export const FACTOR_ANSWERS: Readonly<Record<string, Answer>> = {
  SELECT_CHALLENGE: async (pool, client, input) => {
    const id = input.text('Session');
    const { ClientId: clientId } = client;
    const { username } = pool.challenges.recall(id, { name: 'SELECT_CHALLENGE', clientId });
    const responses = input.map('ChallengeResponses');
    const user = userOfChallenge(pool, responses, username);
    const factor = responses.text('ANSWER');
    if (!choicesOf(pool, user).includes(factor))
      throw invalidParameter(`${factor} is not available.`);
    pool.challenges.close(id);
    const request = { parameters: responses, metadata: input.strings('ClientMetadata') };
    return begin(factor, { pool, client, request, user, name: responses.text('USERNAME') });
  },

  EMAIL_OTP: async (pool, client, input) => {
    const id = input.text('Session');
    const { ClientId: clientId } = client;
    const { username, code } = pool.challenges.recall(id, { name: 'EMAIL_OTP', clientId });
    const responses = input.map('ChallengeResponses');
    const user = userOfChallenge(pool, responses, username);
    if (user === undefined || responses.text('EMAIL_OTP_CODE') !== code) {
      pool.challenges.fail(id);
      throw awsError('CodeMismatchException', 'Invalid code or auth state for the user.');
    }
    pool.challenges.close(id);
    return afterPassword(pool, { user, client, clientMetadata: input.strings('ClientMetadata') });
  },
};

const authFactors = (pool: Pool, user: UserRecord): object => ({
  Username: user.Username,
  PreferredMfaSetting: user.PreferredMfaSetting,
  UserMFASettingList: user.UserMFASettingList,
  ConfiguredUserAuthFactors: factorsOf(pool, user),
});

export const factors: Operations = {
  GetUserAuthFactors: (pool, call) => authFactors(pool, signedIn(call)),
  AdminGetUserAuthFactors: (pool, { input }) => authFactors(pool, userOf(pool, input)),
};
