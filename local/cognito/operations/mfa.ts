/**
 * The second factor by authenticator app. cognito-local turns it on as soon as the app is verified,
 * where Cognito waits to be told, and offers SMS, which nothing here can send.
 */
import { awsError, invalidParameter } from '../errors.ts';
import { callBase, type Room, signedIn } from '../kit.ts';

export const mfa: Room = (kit) => ({
  VerifySoftwareToken: async (call) => {
    const before = signedIn(call);
    const result = await callBase(kit, 'VerifySoftwareToken', call.input).catch((error) => {
      if (error?.code !== 'CodeMismatchException') throw error;
      throw awsError('EnableSoftwareTokenMFAException', 'Code mismatch');
    });
    const { UserMFASettingList: _turnedOn, ...user } = kit.pool.find(before.Username) ?? before;
    const list = before.UserMFASettingList;
    kit.pool.save(list ? { ...user, UserMFASettingList: list } : user);
    return result;
  },

  SetUserMFAPreference: (call) => {
    signedIn(call);
    if (call.input.map('SMSMfaSettings').flag('Enabled'))
      throw invalidParameter('SMS is not offered here.');
    return callBase(kit, 'SetUserMFAPreference', call.input);
  },
});
