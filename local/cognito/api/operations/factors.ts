/** USER_AUTH: the person chooses a first factor: a password, a code by mail or SMS, or a passkey. */
import { randomInt } from 'node:crypto';
import { userNotFound } from '../../core/errors.ts';
import type { Pool } from '../../core/pool/pool.ts';
import { factorsOf } from '../../core/sign-in/factors.ts';
import { hidesUsers } from '../../core/users/accounts.ts';
import { attributeOf } from '../../core/users/attributes.ts';
import { deliver, deliveryTo } from '../../core/users/delivery.ts';
import { authenticationOptions } from '../../core/users/passkeys.ts';
import type { ClientRecord, UserRecord } from '../../store/records.ts';
import type { Operations } from '../operation.ts';
import { signedIn, userOf } from '../operation.ts';
import { askForProof, checkPassword, type FlowRequest } from './proofs.ts';

/** The preferred factor if it can be had, otherwise the choice. */
export async function chooseFactor(
  pool: Pool,
  client: ClientRecord,
  request: FlowRequest,
): Promise<object> {
  const { parameters } = request;
  const name = parameters.text('USERNAME');
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
export const choicesOf = (pool: Pool, user: UserRecord | undefined): readonly string[] =>
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

export async function begin(factor: string, choice: Choice): Promise<object> {
  const { pool, client, request } = choice;
  if (factor === 'PASSWORD') return checkPassword(pool, client, request);
  if (factor === 'PASSWORD_SRP') return askForProof(pool, client, request.parameters);
  if (factor === 'WEB_AUTHN') return askForPasskey(choice);
  return sendCode(choice, factor === 'SMS_OTP' ? 'SMS_OTP' : 'EMAIL_OTP');
}

/** A code of 8 digits, as on AWS. Where nobody may sign in, the answer looks the same. */
async function sendCode(
  { pool, client, user, name, request }: Choice,
  factor: 'EMAIL_OTP' | 'SMS_OTP',
): Promise<object> {
  const contact = factor === 'EMAIL_OTP' ? 'email' : 'phone_number';
  const to = user && attributeOf(user, contact);
  const code = to === undefined ? undefined : String(randomInt(1e8)).padStart(8, '0');
  const { ClientId: clientId } = client;
  const Session = pool.challenges.ask({
    ...{ name: factor, username: user?.Username ?? name, clientId },
    ...(code !== undefined && { code }),
  });
  if (user !== undefined && code !== undefined)
    await deliver(pool, {
      ...{ kind: 'Authentication', user, contact, code },
      ...{ clientId, metadata: request.metadata },
    });
  const { DeliveryMedium, Destination } = deliveryTo(contact, to ?? name);
  return {
    ChallengeName: factor,
    ChallengeParameters: {
      CODE_DELIVERY_DELIVERY_MEDIUM: DeliveryMedium,
      CODE_DELIVERY_DESTINATION: Destination,
    },
    Session,
  };
}

async function askForPasskey({ pool, client, user, name }: Choice): Promise<object> {
  const options = await authenticationOptions(pool, user);
  return {
    ChallengeName: 'WEB_AUTHN',
    ChallengeParameters: { CREDENTIAL_REQUEST_OPTIONS: JSON.stringify(options) },
    Session: pool.challenges.ask({
      name: 'WEB_AUTHN',
      username: user?.Username ?? name,
      clientId: client.ClientId,
      passkeyChallenge: options.challenge,
    }),
  };
}

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
