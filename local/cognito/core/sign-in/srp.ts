/**
 * The server's half of SRP-6a as Amazon Cognito speaks it, so that Amplify's default sign-in works.
 * It uses the 3072-bit group of RFC 5054, SHA-256, and a session key by HKDF with the label of Cognito's
 * clients.
 *
 * Numbers are hashed in two's complement, as Java's BigInteger writes them: a leading zero byte
 * where the first bit is set.
 */
import {
  createHash,
  createHmac,
  getDiffieHellman,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';

/** RFC 3526's group 15, which is SRP's 3072-bit group; node has its prime built in. */
const N = BigInt(`0x${getDiffieHellman('modp15').getPrime('hex')}`);
const G = 2n;
const INFO = Buffer.from('Caldera Derived Key\u0001');

/**
 * Not `createDiffieHellman`: it tests the prime again at each call, which takes seconds. From the
 * left, so that with base 2 every second multiplication is a mere doubling.
 */
function power(base: bigint, exponent: bigint): bigint {
  const factor = base % N;
  let result = 1n;
  for (const bit of exponent.toString(2)) {
    result = (result * result) % N;
    if (bit === '1') result = (result * factor) % N;
  }
  return result;
}

const toBytes = (value: bigint): Buffer => {
  const digits = value.toString(16);
  const even = digits.length % 2 === 0 ? digits : `0${digits}`;
  return Buffer.from(/^[89a-f]/.test(even) ? `00${even}` : even, 'hex');
};

const fromBytes = (bytes: Buffer): bigint => BigInt(`0x${bytes.toString('hex') || '0'}`);

const hash = (...parts: readonly (string | Buffer)[]): Buffer => {
  const digest = createHash('sha256');
  for (const part of parts) digest.update(part);
  return digest.digest();
};

const K = fromBytes(hash(toBytes(N), toBytes(G)));

/** Who a password belongs to. The verifier is bound to both names. */
export interface SrpIdentity {
  /** The part of the pool id behind the underscore. */
  readonly poolName: string;
  readonly username: string;
}

export interface SrpVerifier {
  readonly salt: bigint;
  readonly verifier: bigint;
}

/** What is kept instead of the password: enough to check it, not enough to send it. */
export function makeVerifier(
  { poolName, username }: SrpIdentity,
  password: string,
  salt = fromBytes(randomBytes(16)),
): SrpVerifier {
  const x = fromBytes(hash(toBytes(salt), hash(`${poolName}${username}:${password}`)));
  return { salt, verifier: power(G, x) };
}

/** The server's state between the two requests of a sign-in. */
export interface SrpExchange {
  readonly A: bigint;
  readonly b: bigint;
  readonly B: bigint;
  readonly verifier: bigint;
  readonly secretBlock: string;
}

/**
 * Answers a client's `SRP_A`.
 *
 * @returns `undefined` where `SRP_A` is no number, or one that would fix the session key.
 */
export function beginExchange(srpA: string, { verifier }: SrpVerifier): SrpExchange | undefined {
  if (!/^[0-9a-f]{1,1024}$/i.test(srpA)) return undefined;
  const A = BigInt(`0x${srpA}`);
  if (A % N === 0n) return undefined;
  const b = fromBytes(randomBytes(32));
  const B = (K * verifier + power(G, b)) % N;
  return { A, b, B, verifier, secretBlock: randomBytes(256).toString('base64') };
}

export interface PasswordClaim {
  readonly timestamp: string;
  /** Base64. */
  readonly signature: string;
}

/** Whether the client's proof shows that it knows the password behind the verifier. */
export function provesPassword(
  { A, b, B, verifier, secretBlock }: SrpExchange,
  { poolName, username }: SrpIdentity,
  { timestamp, signature }: PasswordClaim,
): boolean {
  const u = fromBytes(hash(toBytes(A), toBytes(B)));
  if (u === 0n) return false;
  const S = power(A * power(verifier, u), b);
  const pseudoRandomKey = createHmac('sha256', toBytes(u)).update(toBytes(S)).digest();
  const key = createHmac('sha256', pseudoRandomKey).update(INFO).digest().subarray(0, 16);
  const expected = createHmac('sha256', key)
    .update(`${poolName}${username}`)
    .update(Buffer.from(secretBlock, 'base64'))
    .update(timestamp)
    .digest();
  const given = Buffer.from(signature, 'base64');
  return given.length === expected.length && timingSafeEqual(given, expected);
}
