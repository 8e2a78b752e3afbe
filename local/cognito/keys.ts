/**
 * The pool's signing keys. As in Cognito there are two, one for access tokens and one for ID tokens,
 * and both stand in the same JWKS. They are made at the first start and kept, so that tokens outlive
 * a restart; cognito-local signs everything with one key that is printed in its package.
 */
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type JsonWebKeyInput,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { promisify } from 'node:util';
import type { TokenUse } from '@cognito-supabase/contract/claims';
import { type JWK, SignJWT } from 'jose';
import { readIfThere, unreadable, writeWhole } from './files.ts';

/** The longest life that an app client can give an access or ID token, in ms. */
const LONGEST_TOKEN_LIFE = 24 * 60 * 60 * 1000;

interface StoredKey {
  readonly kid: string;
  readonly use: TokenUse;
  readonly public: JWK;
  /** Absent once the key is retired: it verifies, and signs no more. */
  readonly private?: JWK;
  /** When a retired key leaves the JWKS, in ms since the epoch. */
  readonly until?: number;
}

export interface PublicJwk {
  readonly alg: 'RS256';
  readonly e: string;
  readonly kid: string;
  readonly kty: 'RSA';
  readonly n: string;
  readonly use: 'sig';
}

const makePair = promisify(generateKeyPair);

async function makeKey(use: TokenUse): Promise<StoredKey> {
  const pair = await makePair('rsa', { modulusLength: 2048 });
  return {
    kid: randomBytes(32).toString('base64'),
    use,
    public: pair.publicKey.export({ format: 'jwk' }) as JWK,
    private: pair.privateKey.export({ format: 'jwk' }) as JWK,
  };
}

/** Both in parallel: a key of 2048 bits takes a few hundred milliseconds on a slow core. */
const makeKeys = (): Promise<StoredKey[]> => Promise.all([makeKey('access'), makeKey('id')]);

export class KeyRing {
  readonly #file: string;
  #keys: readonly StoredKey[];
  #signers = new Map<TokenUse, { kid: string; key: KeyObject }>();

  private constructor(file: string, keys: readonly StoredKey[]) {
    this.#file = file;
    this.#keys = keys;
    this.#load();
  }

  /** @throws KitError `DATA_DIR_UNREADABLE` where the file is damaged. */
  static async open(file: string): Promise<KeyRing> {
    const text = await readIfThere(file);
    if (text !== undefined) {
      try {
        return new KeyRing(file, (JSON.parse(text) as { keys: StoredKey[] }).keys);
      } catch (cause) {
        throw unreadable(file, cause);
      }
    }
    const ring = new KeyRing(file, await makeKeys());
    await ring.#save();
    return ring;
  }

  /** What is served as the pool's JWKS: the keys that sign, and those that signed lately. */
  jwks(): { keys: PublicJwk[] } {
    return {
      keys: this.#live().map(({ kid, public: { n = '', e = '' } }) => ({
        alg: 'RS256',
        e,
        kid,
        kty: 'RSA',
        n,
        use: 'sig',
      })),
    };
  }

  /** The public key with this id, where it is still valid. */
  publicKey(kid: string | undefined): KeyObject | undefined {
    const found = this.#live().find((key) => key.kid === kid);
    return found && createPublicKey({ key: found.public as JsonWebKeyInput['key'], format: 'jwk' });
  }

  sign(use: TokenUse, claims: Record<string, unknown>): Promise<string> {
    const { kid, key } = this.#signer(use);
    return new SignJWT(claims).setProtectedHeader({ kid, alg: 'RS256' }).sign(key);
  }

  /** New keys sign from now on; the old ones verify for as long as a token of theirs can live. */
  async rotate(): Promise<void> {
    const until = Date.now() + LONGEST_TOKEN_LIFE;
    const retired = this.#live().map((key) => ({
      kid: key.kid,
      use: key.use,
      public: key.public,
      until: key.until ?? until,
    }));
    this.#keys = [...(await makeKeys()), ...retired];
    await this.#save();
    this.#load();
  }

  #live(): readonly StoredKey[] {
    return this.#keys.filter(({ until }) => until === undefined || until > Date.now());
  }

  #signer(use: TokenUse): { kid: string; key: KeyObject } {
    const signer = this.#signers.get(use);
    if (signer === undefined) throw unreadable(this.#file);
    return signer;
  }

  #load(): void {
    for (const { kid, use, private: jwk } of this.#keys)
      if (jwk)
        this.#signers.set(use, {
          kid,
          key: createPrivateKey({ key: jwk as JsonWebKeyInput['key'], format: 'jwk' }),
        });
    this.#signer('access');
    this.#signer('id');
  }

  #save(): Promise<void> {
    return writeWhole(this.#file, JSON.stringify({ keys: this.#keys }, null, 2));
  }
}
