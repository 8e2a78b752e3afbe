/**
 * Passkeys (WebAuthn), as a first factor. The library is loaded when the first passkey is used.
 *
 * Source: Amazon Cognito developer guide, "Passkey sign-in".
 */
import { randomBytes } from 'node:crypto';
import type {
  AuthenticationResponseJSON,
  AuthenticatorTransport,
  RegistrationResponseJSON,
} from '@simplewebauthn/server';
import type { PasskeyRecord, UserRecord } from '../../store/records.ts';
import { awsError, notAuthorized } from '../errors.ts';
import type { Pool } from '../pool/pool.ts';
import { subOf } from './accounts.ts';
import { attributeOf } from './attributes.ts';

const library = () => import('@simplewebauthn/server');

/** In ms. */
const TIMEOUT = 60_000;

interface Party {
  readonly id: string;
  readonly needsVerification: boolean;
}

/** AWS's default is the pool's domain. Here it is `localhost`, where apps are developed. */
export function relyingParty({ store }: Pool): Party {
  const settings = store.settings.WebAuthnConfiguration;
  return {
    id: settings?.RelyingPartyId ?? 'localhost',
    needsVerification: settings?.UserVerification === 'required',
  };
}

const allowed = ({ store }: Pool): boolean =>
  store.settings.Policies?.SignInPolicy?.AllowedFirstAuthFactors?.includes('WEB_AUTHN') ?? false;

/** @throws CognitoError `WebAuthnNotEnabledException` */
export function checkPasskeys(pool: Pool): void {
  if (!allowed(pool))
    throw awsError('WebAuthnNotEnabledException', 'Passkeys are not enabled in this user pool.');
}

const descriptor = ({ id, transports }: PasskeyRecord) => ({
  id,
  transports: [...transports] as AuthenticatorTransport[],
});

/** What the browser is given to make a passkey. */
export async function registrationOptions(pool: Pool, user: UserRecord) {
  const { id, needsVerification } = relyingParty(pool);
  const { generateRegistrationOptions } = await library();
  const name = attributeOf(user, 'email') ?? user.Username;
  return generateRegistrationOptions({
    rpName: pool.store.settings.Name,
    rpID: id,
    userID: new TextEncoder().encode(subOf(user)),
    userName: name,
    userDisplayName: attributeOf(user, 'name') ?? name,
    timeout: TIMEOUT,
    excludeCredentials: (user.passkeys ?? []).map(descriptor),
    authenticatorSelection: {
      residentKey: 'required',
      userVerification: needsVerification ? 'required' : 'preferred',
    },
    supportedAlgorithmIDs: [-7, -257],
  });
}

/**
 * Checks a new passkey.
 *
 * @throws CognitoError `WebAuthnOriginNotAllowedException`, `WebAuthnCredentialNotSupportedException`
 */
export async function registered(
  pool: Pool,
  challenge: string,
  credential: RegistrationResponseJSON,
): Promise<PasskeyRecord> {
  const { id: rpId, needsVerification } = relyingParty(pool);
  const expectedOrigin = originOf(pool, credential);
  const { verifyRegistrationResponse } = await library();
  const { verified, registrationInfo } = await verifyRegistrationResponse({
    response: credential,
    expectedChallenge: challenge,
    expectedOrigin,
    expectedRPID: rpId,
    requireUserVerification: needsVerification,
  }).catch(unsupported);
  if (!verified || registrationInfo === undefined) return unsupported();
  const { id, publicKey, counter } = registrationInfo.credential;
  return {
    id,
    publicKey: Buffer.from(publicKey).toString('base64url'),
    counter,
    transports: credential.response.transports ?? [],
    name: 'Passkey',
    relyingParty: rpId,
    attachment: credential.authenticatorAttachment,
    created: Date.now(),
  };
}

function unsupported(): never {
  throw awsError('WebAuthnCredentialNotSupportedException', 'The credential is not valid.');
}

/** What the browser is given to sign in. A name that nobody has gets a passkey that nobody has. */
export async function authenticationOptions(pool: Pool, user: UserRecord | undefined) {
  const { id, needsVerification } = relyingParty(pool);
  const { generateAuthenticationOptions } = await library();
  const decoy = [{ id: randomBytes(32).toString('base64url') }];
  return generateAuthenticationOptions({
    rpID: id,
    timeout: TIMEOUT,
    allowCredentials: user ? (user.passkeys ?? []).map(descriptor) : decoy,
    userVerification: needsVerification ? 'required' : 'preferred',
  });
}

export interface PasskeyProof {
  readonly challenge: string;
  readonly credential: AuthenticationResponseJSON;
}

/**
 * The user with the passkey's counter, and whether the person was verified by the authenticator.
 *
 * @throws CognitoError `NotAuthorizedException`
 */
export async function withUsedPasskey(
  pool: Pool,
  user: UserRecord,
  { challenge, credential }: PasskeyProof,
): Promise<{ readonly user: UserRecord; readonly isVerified: boolean }> {
  const passkey = user.passkeys?.find(({ id }) => id === credential?.id);
  if (passkey === undefined) throw notAuthorized('Passkey is not registered.');
  const { id, needsVerification } = relyingParty(pool);
  const { verifyAuthenticationResponse } = await library();
  const refuse = (): never => {
    throw notAuthorized('Passkey could not be verified.');
  };
  const { verified, authenticationInfo } = await verifyAuthenticationResponse({
    response: credential,
    expectedChallenge: challenge,
    expectedOrigin: originOf(pool, credential),
    expectedRPID: id,
    requireUserVerification: needsVerification,
    credential: {
      id: passkey.id,
      publicKey: new Uint8Array(Buffer.from(passkey.publicKey, 'base64url')),
      counter: passkey.counter,
    },
  }).catch(refuse);
  if (!verified) return refuse();
  const used = { ...passkey, counter: authenticationInfo.newCounter };
  const passkeys = (user.passkeys ?? []).map((one) => (one.id === passkey.id ? used : one));
  return { user: { ...user, passkeys }, isVerified: authenticationInfo.userVerified };
}

/** The origin that the browser has signed, if it belongs to the relying party. */
function originOf(
  pool: Pool,
  credential: RegistrationResponseJSON | AuthenticationResponseJSON,
): string {
  const { id } = relyingParty(pool);
  try {
    const { response } = credential;
    const text = Buffer.from(response.clientDataJSON, 'base64url').toString();
    const { origin } = JSON.parse(text) as { readonly origin: string };
    const { hostname, protocol } = new URL(origin);
    const isOwn = hostname === id || hostname.endsWith(`.${id}`);
    if (isOwn && (protocol === 'https:' || hostname === 'localhost')) return origin;
  } catch {
    // Answered below.
  }
  throw awsError('WebAuthnOriginNotAllowedException', `The origin does not belong to ${id}.`);
}
