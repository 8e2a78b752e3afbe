/** The second factor by an authenticator app. It is on only after it is set as a preference. */
import { touched } from '../../core/attributes.ts';
import { awsError, invalidParameter } from '../../core/errors.ts';
import type { Pool } from '../../core/pool.ts';
import { isTotpCode, makeTotpSecret } from '../../core/totp.ts';
import type { UserRecord } from '../../store/records.ts';
import type { Input } from '../input.ts';
import { type Operations, signedIn, userOf } from '../operation.ts';

const SOFTWARE_TOKEN = 'SOFTWARE_TOKEN_MFA';

export const mfa: Operations = {
  AssociateSoftwareToken: (pool, call) => {
    const user = signedIn(call);
    const SecretCode = makeTotpSecret();
    pool.users.save(touched({ ...user, softwareToken: { secret: SecretCode, verified: false } }));
    return { SecretCode };
  },

  VerifySoftwareToken: (pool, call) => {
    const user = signedIn(call);
    const token = user.softwareToken;
    if (token === undefined)
      throw awsError('SoftwareTokenMFANotFoundException', 'Software token TOTP not found.');
    if (!isTotpCode(token.secret, call.input.text('UserCode')))
      throw awsError('EnableSoftwareTokenMFAException', 'Code mismatch');
    const name = call.input.maybe('FriendlyDeviceName');
    const softwareToken = { ...token, verified: true, ...(name && { name }) };
    pool.users.save(touched({ ...user, softwareToken }));
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

  AdminDeleteSoftwareToken: (pool, { input }) => {
    const { softwareToken: _deleted, ...user } = userOf(pool, input);
    pool.users.save(touched(withoutFactor(user)));
    return {};
  },

  GetUserPoolMfaConfig: ({ store: { settings } }) => mfaConfig(settings),

  SetUserPoolMfaConfig: ({ store }, { input }) => {
    const changes = input.pick('MfaConfiguration', 'SoftwareTokenMfaConfiguration');
    store.saveSettings({ ...store.settings, ...changes, LastModifiedDate: new Date() });
    return mfaConfig(store.settings);
  },
};

const mfaConfig = ({
  MfaConfiguration = 'OFF',
  SoftwareTokenMfaConfiguration,
}: Pool['store']['settings']) => ({
  MfaConfiguration,
  ...(SoftwareTokenMfaConfiguration && { SoftwareTokenMfaConfiguration }),
});

function withoutFactor(user: UserRecord): UserRecord {
  const { PreferredMfaSetting, ...rest } = user;
  const list = (user.UserMFASettingList ?? []).filter((name) => name !== SOFTWARE_TOKEN);
  return {
    ...rest,
    UserMFASettingList: list,
    ...(PreferredMfaSetting !== SOFTWARE_TOKEN && { PreferredMfaSetting }),
  };
}

function setPreference(pool: Pool, user: UserRecord, input: Input): void {
  for (const name of ['SMSMfaSettings', 'EmailMfaSettings'])
    if (input.map(name).flag('Enabled'))
      throw invalidParameter(`${name.slice(0, -'MfaSettings'.length)} is not offered here.`);
  if (!input.has('SoftwareTokenMfaSettings')) return;
  const settings = input.map('SoftwareTokenMfaSettings');
  if (!settings.flag('Enabled')) {
    pool.users.save(touched(withoutFactor(user)));
    return;
  }
  if (!user.softwareToken?.verified)
    throw invalidParameter('User has not verified software token mfa');
  const changed = { ...withoutFactor(user), UserMFASettingList: [SOFTWARE_TOKEN] };
  pool.users.save(
    touched(
      settings.flag('PreferredMfa') ? { ...changed, PreferredMfaSetting: SOFTWARE_TOKEN } : changed,
    ),
  );
}
