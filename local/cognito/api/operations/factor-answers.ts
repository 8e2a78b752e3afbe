/** Answers to challenges of first factors other than a password, of second factors, and of devices. */
import type { AuthenticationResponseJSON } from '@simplewebauthn/server';
import { awsError, invalidParameter, notAuthorized } from '../../core/errors.ts';
import {
  afterNewPassword,
  afterPassword,
  afterSecondFactor,
  askFactor,
  challengeWith,
  checkMayEnter,
  grant,
} from '../../core/sign-in/entry.ts';
import {
  checkFactor,
  factorsOfUser,
  type SecondFactor,
} from '../../core/sign-in/second-factors.ts';
import { beginExchange, provesPassword } from '../../core/sign-in/srp.ts';
import { confirmedDevice, withDevice } from '../../core/users/devices.ts';
import { withUsedPasskey } from '../../core/users/passkeys.ts';
import type { UserRecord } from '../../store/records.ts';
import type { Input } from '../input.ts';
import { type Answer, answering, claimOf, entryOf, settle, userOfChallenge } from './answers.ts';
import { begin, choicesOf } from './factors.ts';

/** Names of the response that has the code. */
const CODES = {
  SMS_MFA: 'SMS_MFA_CODE',
  SMS_OTP: 'SMS_OTP_CODE',
  SOFTWARE_TOKEN_MFA: 'SOFTWARE_TOKEN_MFA_CODE',
  EMAIL_OTP: 'EMAIL_OTP_CODE',
} as const;

/** A code as a second factor. */
const bySecondFactor =
  (name: SecondFactor): Answer =>
  async (pool, client, input) => {
    const { challenge, user } = answering(pool, { name, client, input });
    const code = input.map('ChallengeResponses').text(CODES[name]);
    settle(pool, input, () => checkFactor(user, challenge.code, code));
    const deviceKey = entryOf(user, client, input).deviceKey ?? challenge.deviceKey;
    return afterSecondFactor(pool, { ...entryOf(user, client, input), deviceKey });
  };

/** A code as the first factor. An unknown user gets the same error as a wrong code. */
const byFirstFactor =
  (name: 'EMAIL_OTP' | 'SMS_OTP'): Answer =>
  async (pool, client, input) => {
    const id = input.text('Session');
    const { ClientId: clientId } = client;
    const { username, code } = pool.challenges.recall(id, { name, clientId });
    const responses = input.map('ChallengeResponses');
    const user = userOfChallenge(pool, responses, username);
    const given = responses.text(CODES[name]);
    settle(pool, input, () => {
      if (user === undefined || given !== code)
        throw awsError('CodeMismatchException', 'Invalid code or auth state for the user.');
    });
    if (user === undefined) throw notAuthorized();
    return afterPassword(pool, entryOf(user, client, input));
  };

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

  /** A first factor, or a second one. */
  EMAIL_OTP: async (pool, client, input) => {
    const expected = { name: 'EMAIL_OTP', clientId: client.ClientId } as const;
    const { isSecond } = pool.challenges.recall(input.text('Session'), expected);
    const answer = isSecond ? bySecondFactor('EMAIL_OTP') : byFirstFactor('EMAIL_OTP');
    return answer(pool, client, input);
  },

  SMS_OTP: byFirstFactor('SMS_OTP'),
  SMS_MFA: bySecondFactor('SMS_MFA'),
  SOFTWARE_TOKEN_MFA: bySecondFactor('SOFTWARE_TOKEN_MFA'),

  SELECT_MFA_TYPE: async (pool, client, input) => {
    const { user } = answering(pool, { name: 'SELECT_MFA_TYPE', client, input });
    const wanted = input.map('ChallengeResponses').text('ANSWER');
    const factor = factorsOfUser(pool.store.settings, user).find((name) => name === wanted);
    if (factor === undefined) throw invalidParameter(`${wanted} is not available.`);
    pool.challenges.close(input.text('Session'));
    return askFactor(pool, entryOf(user, client, input), factor);
  },

  /** After VerifySoftwareToken with the session, or with an address for codes by mail. */
  MFA_SETUP: async (pool, client, input) => {
    const { challenge, user } = answering(pool, { name: 'MFA_SETUP', client, input });
    if (!challenge.softwareToken?.verified)
      throw invalidParameter(
        'Set up a software token first, by AssociateSoftwareToken and VerifySoftwareToken.',
      );
    pool.challenges.close(input.text('Session'));
    const set: UserRecord = {
      ...user,
      softwareToken: challenge.softwareToken,
      UserMFASettingList: [...new Set([...(user.UserMFASettingList ?? []), 'SOFTWARE_TOKEN_MFA'])],
    };
    pool.users.save(set);
    return afterSecondFactor(pool, entryOf(set, client, input));
  },

  WEB_AUTHN: async (pool, client, input) => {
    const id = input.text('Session');
    const { ClientId: clientId } = client;
    const challenge = pool.challenges.recall(id, { name: 'WEB_AUTHN', clientId });
    const responses = input.map('ChallengeResponses');
    const asked = userOfChallenge(pool, responses, challenge.username);
    pool.challenges.close(id);
    const { passkeyChallenge = '' } = challenge;
    if (asked === undefined) throw notAuthorized('Passkey is not registered.');
    const proof = { challenge: passkeyChallenge, credential: credentialOf(responses) };
    const { user, isVerified } = await withUsedPasskey(pool, asked, proof);
    pool.users.save(user);
    checkMayEnter(user);
    const entry = entryOf(user, client, input);
    const { FactorConfiguration } = pool.store.settings.WebAuthnConfiguration ?? {};
    const isBoth = isVerified && FactorConfiguration === 'MULTI_FACTOR_WITH_USER_VERIFICATION';
    return isBoth ? grant(pool, entry) : afterNewPassword(pool, entry);
  },

  DEVICE_SRP_AUTH: async (pool, client, input) => {
    const { user } = answering(pool, { name: 'DEVICE_SRP_AUTH', client, input });
    const responses = input.map('ChallengeResponses');
    const device = deviceNamed(user, responses);
    pool.challenges.close(input.text('Session'));
    const salt = toNumber(device.salt);
    const exchange = beginExchange(responses.text('SRP_A'), {
      salt,
      verifier: toNumber(device.verifier),
    });
    if (exchange === undefined) throw invalidParameter('SRP_A is not valid.');
    const answer = challengeWith(
      pool,
      { ...entryOf(user, client, input), deviceKey: device.key },
      { name: 'DEVICE_PASSWORD_VERIFIER', exchange },
      {
        DEVICE_KEY: device.key,
        USERNAME: user.Username,
        SALT: salt.toString(16),
        SECRET_BLOCK: exchange.secretBlock,
        SRP_B: exchange.B.toString(16),
      },
    );
    return answer;
  },

  DEVICE_PASSWORD_VERIFIER: async (pool, client, input) => {
    const { challenge, user } = answering(pool, {
      name: 'DEVICE_PASSWORD_VERIFIER',
      client,
      input,
    });
    const responses = input.map('ChallengeResponses');
    const device = deviceNamed(user, responses);
    pool.challenges.close(input.text('Session'));
    const identity = { poolName: device.groupKey, username: device.key };
    const { exchange, deviceKey } = challenge;
    const isProven =
      exchange !== undefined &&
      deviceKey === device.key &&
      provesPassword(exchange, identity, claimOf(responses));
    if (!isProven) throw notAuthorized();
    const used = withDevice(user, { ...device, lastAuthenticated: Date.now() });
    pool.users.save(used);
    return grant(pool, entryOf(used, client, input), 'TokenGeneration_AuthenticateDevice');
  },
};

function credentialOf(responses: Input): AuthenticationResponseJSON {
  try {
    return JSON.parse(responses.text('CREDENTIAL')) as AuthenticationResponseJSON;
  } catch {
    throw invalidParameter('CREDENTIAL is not valid JSON.');
  }
}

function deviceNamed(user: UserRecord, responses: Input) {
  const device = confirmedDevice(user, responses.text('DEVICE_KEY'));
  if (device === undefined) throw notAuthorized('Device does not exist.');
  return device;
}

const toNumber = (base64 = ''): bigint =>
  BigInt(`0x${Buffer.from(base64, 'base64').toString('hex') || '0'}`);
