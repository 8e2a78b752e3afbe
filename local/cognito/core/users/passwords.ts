/**
 * The password policy, and what is kept of a password: a salt and an SRP verifier, as one text. For a user that an import
 * job made with a hash, it is the hash, until the first sign-in that sends the password.
 */
import { randomInt } from 'node:crypto';
import bcrypt from 'bcryptjs';
import { awsError } from '../errors.ts';
import { makeVerifier, type SrpIdentity, type SrpVerifier } from '../sign-in/srp.ts';

/** The fields of a pool's `Policies.PasswordPolicy` that are checked. */
export interface PasswordPolicy {
  readonly MinimumLength?: number | undefined;
  readonly RequireUppercase?: boolean | undefined;
  readonly RequireLowercase?: boolean | undefined;
  readonly RequireNumbers?: boolean | undefined;
  readonly RequireSymbols?: boolean | undefined;
}

/** Cognito's symbols; a space inside the password counts as one too. */
const SYMBOL = /[$^*.[\]{}()?"!@#%&/\\,><':;|_~`=+-]|(?<=\S) (?=\S)/;

/** Cognito takes no password longer than this. */
const LONGEST = 256;

function shortcoming(password: string, policy: PasswordPolicy): string | undefined {
  if (password.length < (policy.MinimumLength ?? 8)) return 'Password not long enough';
  if (policy.RequireUppercase && !/\p{Lu}/u.test(password))
    return 'Password must have uppercase characters';
  if (policy.RequireLowercase && !/\p{Ll}/u.test(password))
    return 'Password must have lowercase characters';
  if (policy.RequireNumbers && !/[0-9]/.test(password))
    return 'Password must have numeric characters';
  if (policy.RequireSymbols && !SYMBOL.test(password))
    return 'Password must have symbol characters';
  return undefined;
}

/** @throws CognitoError `InvalidPasswordException` naming the first rule that is not met. */
export function checkPolicy(password: string, policy: PasswordPolicy = {}): void {
  if (password.length > LONGEST)
    throw awsError('InvalidPasswordException', `Password is longer than ${LONGEST} characters.`);
  const reason = shortcoming(password, policy);
  if (reason !== undefined)
    throw awsError('InvalidPasswordException', `Password did not conform with policy: ${reason}`);
}

/** The string that is kept for a password. */
export function sealPassword(identity: SrpIdentity, password: string): string {
  const { salt, verifier } = makeVerifier(identity, password);
  return `srp:${encode(salt)}:${encode(verifier)}`;
}

/**
 * The highest cost of an imported hash. Each step doubles the time of a sign-in, and nothing else is answered meanwhile:
 * this one takes about a quarter of a second. Supabase Auth makes hashes of cost 10.
 */
const HIGHEST_COST = 12;

const HASH = /^\$2[aby]\$(0[4-9]|[12]\d|3[01])\$[./A-Za-z0-9]{53}$/;
const IMPORTED = 'bcrypt:';

/** The string that is kept for a bcrypt hash, or `undefined` if it is none or costs too much. */
export function sealHash(hash: string): string | undefined {
  const cost = HASH.exec(hash)?.[1];
  return cost !== undefined && Number(cost) <= HIGHEST_COST ? `${IMPORTED}${hash}` : undefined;
}

/** Whether the kept string is an imported hash, from which no verifier can be made. */
export const isImportedHash = (sealed: string): boolean => sealed.startsWith(IMPORTED);

/** bcrypt reads 72 bytes, so longer passwords with the same beginning would fit. None of them does. */
const fitsHash = (hash: string, password: string): boolean =>
  !bcrypt.truncates(password) && bcrypt.compareSync(password, hash);

/** The verifier in a kept string, or `undefined` for one that no SRP proof fits. */
export function openSeal(sealed: string): SrpVerifier | undefined {
  const match = /^srp:([\w-]+):([\w-]+)$/.exec(sealed);
  if (match === null) return undefined;
  const [, salt = '', verifier = ''] = match;
  return { salt: decode(salt), verifier: decode(verifier) };
}

export function fitsPassword(sealed: string, identity: SrpIdentity, password: string): boolean {
  if (isImportedHash(sealed)) return fitsHash(sealed.slice(IMPORTED.length), password);
  const kept = openSeal(sealed);
  return (
    kept !== undefined && makeVerifier(identity, password, kept.salt).verifier === kept.verifier
  );
}

/** A password that meets any policy, for accounts that an administrator creates without one. */
export function makeTemporaryPassword(): string {
  const kinds = ['ABCDEFGHJKLMNPQRSTUVWXYZ', 'abcdefghijkmnpqrstuvwxyz', '23456789', '!@#%&*?_-'];
  const pick = (alphabet: string): string => alphabet[randomInt(alphabet.length)] ?? '';
  const rest = Array.from({ length: 12 }, () => pick(kinds.join('')));
  return [...kinds.map(pick), ...rest].join('');
}

const encode = (value: bigint): string => {
  const digits = value.toString(16);
  return Buffer.from(digits.padStart(digits.length + (digits.length % 2), '0'), 'hex').toString(
    'base64url',
  );
};

const decode = (text: string): bigint =>
  BigInt(`0x${Buffer.from(text, 'base64url').toString('hex')}`);
