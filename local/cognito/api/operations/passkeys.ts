/** A person's passkeys: made in two steps, listed and deleted. */
import type { RegistrationResponseJSON } from '@simplewebauthn/server';
import { awsError, CognitoError, notFound } from '../../core/errors.ts';
import type { Pool } from '../../core/pool/pool.ts';
import { subOf } from '../../core/users/accounts.ts';
import { touched } from '../../core/users/attributes.ts';
import { checkPasskeys, registered, registrationOptions } from '../../core/users/passkeys.ts';
import type { UserRecord } from '../../store/records.ts';
import { type Operations, signedIn } from '../operation.ts';
import { pageOf } from '../pages.ts';

const MOST = 20;

/** One registration at a time for each person. */
const registrationOf = (user: UserRecord): string => `passkey-registration:${subOf(user)}`;

export const passkeys: Operations = {
  StartWebAuthnRegistration: async (pool, call) => {
    const user = signedIn(call);
    checkPasskeys(pool);
    if ((user.passkeys ?? []).length >= MOST)
      throw awsError('LimitExceededException', `A user has at most ${MOST} passkeys.`);
    const options = await registrationOptions(pool, user);
    const passkeyChallenge = options.challenge;
    const { clientId = '' } = call.caller ?? {};
    const name = 'PASSKEY_REGISTRATION';
    const challenge = { name, username: user.Username, clientId, passkeyChallenge } as const;
    pool.challenges.ask(challenge, registrationOf(user));
    return { CredentialCreationOptions: options };
  },

  CompleteWebAuthnRegistration: async (pool, call) => {
    const user = signedIn(call);
    checkPasskeys(pool);
    const challenge = openChallenge(pool, user);
    const credential = call.input.raw.Credential as RegistrationResponseJSON;
    const passkey = await registered(pool, challenge, credential);
    pool.challenges.close(registrationOf(user));
    const now = pool.users.get(user.Username) ?? user;
    pool.users.save(touched({ ...now, passkeys: [...(now.passkeys ?? []), passkey] }));
    return {};
  },

  ListWebAuthnCredentials: (pool, call) => {
    checkPasskeys(pool);
    const all = signedIn(call).passkeys ?? [];
    const { page, next } = pageOf(all, call.input, { limit: 'MaxResults', most: MOST });
    return {
      Credentials: page.map((passkey) => ({
        CredentialId: passkey.id,
        FriendlyCredentialName: passkey.name,
        RelyingPartyId: passkey.relyingParty,
        AuthenticatorAttachment: passkey.attachment,
        AuthenticatorTransports: passkey.transports,
        CreatedAt: new Date(passkey.created),
      })),
      ...next,
    };
  },

  DeleteWebAuthnCredential: (pool, call) => {
    const user = signedIn(call);
    checkPasskeys(pool);
    const id = call.input.text('CredentialId');
    const before = user.passkeys ?? [];
    const after = before.filter((passkey) => passkey.id !== id);
    if (after.length === before.length) throw notFound(`Passkey ${id} does not exist.`);
    pool.users.save(touched({ ...user, passkeys: after }));
    return {};
  },
};

/** What the passkey must have signed. */
function openChallenge(pool: Pool, user: UserRecord): string {
  try {
    const { passkeyChallenge } = pool.challenges.recall(registrationOf(user), {
      name: 'PASSKEY_REGISTRATION',
    });
    if (passkeyChallenge !== undefined) return passkeyChallenge;
  } catch (error) {
    if (!(error instanceof CognitoError)) throw error;
  }
  throw awsError(
    'WebAuthnChallengeNotFoundException',
    'Start the registration of the passkey again.',
  );
}
