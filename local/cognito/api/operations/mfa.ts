/** Second factors. One is asked for only after it is set as a preference, or if the pool requires one. */

import { awsError, invalidParameter } from '../../core/errors.ts';
import type { Pool } from '../../core/pool/pool.ts';
import { canUse, offeredFactors, type SecondFactor } from '../../core/sign-in/second-factors.ts';
import { isTotpCode, makeTotpSecret } from '../../core/sign-in/totp.ts';
import { touched } from '../../core/users/attributes.ts';
import type { UserRecord } from '../../store/records.ts';
import type { Input } from '../input.ts';
import { type Call, type Operations, signedIn, userOf } from '../operation.ts';

export const mfa: Operations = {
  /** For a signed-in person, or for one who must set a factor up to sign in (`MFA_SETUP`). */
  AssociateSoftwareToken: (pool, call) => {
    const SecretCode = makeTotpSecret();
    const softwareToken = { secret: SecretCode, verified: false };
    if (!call.input.has('AccessToken')) {
      const Session = nextSetup(pool, call, softwareToken);
      return { SecretCode, Session };
    }
    pool.users.save(touched({ ...signedIn(call), nextSoftwareToken: softwareToken }));
    return { SecretCode };
  },

  VerifySoftwareToken: (pool, call) => {
    const { input } = call;
    const user = input.has('AccessToken') ? signedIn(call) : undefined;
    const token = user ? user.nextSoftwareToken : openSetup(pool, call).softwareToken;
    if (token === undefined)
      throw awsError('SoftwareTokenMFANotFoundException', 'Software token TOTP not found.');
    if (!isTotpCode(token.secret, input.text('UserCode'))) {
      if (user === undefined) pool.challenges.fail(input.text('Session'));
      throw awsError('EnableSoftwareTokenMFAException', 'Code mismatch');
    }
    const name = input.maybe('FriendlyDeviceName');
    const softwareToken = { ...token, verified: true, ...(name && { name }) };
    if (user === undefined)
      return { Status: 'SUCCESS', Session: nextSetup(pool, call, softwareToken) };
    pool.users.save(touched({ ...user, softwareToken, nextSoftwareToken: undefined }));
    return { Status: 'SUCCESS' };
  },

  SetUserMFAPreference: (pool, call) => {
    setPreference(pool, signedIn(call), call.input);
    return {};
  },

  AdminSetUserMFAPreference: (pool, { input }) => {
    setPreference(pool, userOf(pool, input), input);
    return {};
  },

  /** The forerunners of the two above, for SMS only. */
  SetUserSettings: (pool, call) => {
    setSms(pool, signedIn(call), call.input);
    return {};
  },

  AdminSetUserSettings: (pool, { input }) => {
    setSms(pool, userOf(pool, input), input);
    return {};
  },

  AdminDeleteSoftwareToken: (pool, { input }) => {
    const { softwareToken: _, nextSoftwareToken: __, ...user } = userOf(pool, input);
    pool.users.save(touched(withFactor(user, 'SOFTWARE_TOKEN_MFA', { enabled: false })));
    return {};
  },

  GetUserPoolMfaConfig: ({ store: { settings } }) => mfaConfig(settings),

  SetUserPoolMfaConfig: ({ store }, { input }) => {
    // A factor that the request does not name is turned off.
    const { SmsMfaConfiguration: _, EmailMfaConfiguration: __, ...rest } = store.settings;
    const { SoftwareTokenMfaConfiguration: ___, ...kept } = rest;
    const changes = input.pick('MfaConfiguration', ...CONFIGURATIONS);
    store.saveSettings({ ...kept, ...changes, LastModifiedDate: new Date() });
    return mfaConfig(store.settings);
  },
};

const CONFIGURATIONS = [
  'EmailMfaConfiguration',
  'SmsMfaConfiguration',
  'SoftwareTokenMfaConfiguration',
  'WebAuthnConfiguration',
] as const;

const mfaConfig = (settings: Pool['store']['settings']): object => ({
  MfaConfiguration: settings.MfaConfiguration ?? 'OFF',
  ...Object.fromEntries(
    CONFIGURATIONS.flatMap((name) => (settings[name] ? [[name, settings[name]]] : [])),
  ),
});

/** The open challenge of a person who must set up a second factor. */
const openSetup = (pool: Pool, { input }: Call) =>
  pool.challenges.recall(input.text('Session'), { name: 'MFA_SETUP' });

/** The challenge goes on under a new session, as on AWS. */
function nextSetup(pool: Pool, call: Call, softwareToken: UserRecord['softwareToken']): string {
  const challenge = openSetup(pool, call);
  pool.challenges.close(call.input.text('Session'));
  return pool.challenges.ask({ ...challenge, ...(softwareToken && { softwareToken }) });
}

interface Preference {
  readonly enabled: boolean;
  readonly preferred?: boolean;
}

/** The user with one factor turned on or off. */
function withFactor(user: UserRecord, factor: SecondFactor, wanted: Preference): UserRecord {
  const { PreferredMfaSetting: before, ...rest } = user;
  const others = (user.UserMFASettingList ?? []).filter((name) => name !== factor);
  const kept = before === factor ? undefined : before;
  const preferred = wanted.enabled && wanted.preferred ? factor : kept;
  return {
    ...rest,
    UserMFASettingList: wanted.enabled ? [...others, factor] : others,
    ...(preferred !== undefined && { PreferredMfaSetting: preferred }),
  };
}

const MEMBERS = {
  SMSMfaSettings: 'SMS_MFA',
  SoftwareTokenMfaSettings: 'SOFTWARE_TOKEN_MFA',
  EmailMfaSettings: 'EMAIL_OTP',
} as const;

const REFUSALS: Readonly<Record<SecondFactor, string>> = {
  SMS_MFA: 'User does not have a phone number to send codes to.',
  SOFTWARE_TOKEN_MFA: 'User has not verified software token mfa',
  EMAIL_OTP: 'User does not have an email address to send codes to.',
};

function setPreference(pool: Pool, user: UserRecord, input: Input): void {
  let changed = user;
  for (const [member, factor] of Object.entries(MEMBERS)) {
    if (!input.has(member)) continue;
    const settings = input.map(member);
    const enabled = settings.flag('Enabled');
    if (enabled) checkCanHave(pool, user, factor);
    changed = withFactor(changed, factor, { enabled, preferred: settings.flag('PreferredMfa') });
  }
  pool.users.save(touched(changed));
}

function checkCanHave({ store }: Pool, user: UserRecord, factor: SecondFactor): void {
  if (!offeredFactors(store.settings).includes(factor))
    throw invalidParameter(`${factor} is not turned on for this user pool.`);
  if (!canUse(user, factor)) throw invalidParameter(REFUSALS[factor]);
}

function setSms(pool: Pool, user: UserRecord, input: Input): void {
  const options = (input.raw.MFAOptions ?? []) as readonly { readonly DeliveryMedium?: string }[];
  const enabled = options.some(({ DeliveryMedium }) => DeliveryMedium === 'SMS');
  if (enabled) checkCanHave(pool, user, 'SMS_MFA');
  pool.users.save(touched(withFactor(user, 'SMS_MFA', { enabled })));
}
