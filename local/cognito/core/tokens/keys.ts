/**
 * The signing keys of a pool. As in Cognito there are two, one for access tokens and one for ID tokens, in
 * the same JWKS. They are kept, so that tokens are valid after a restart.
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
import type { JWK } from 'jose';
import { SignJWT } from 'jose/jwt/sign';
import type { Documents } from '../../store/documents.ts';

/** The longest life that an app client can give an access or ID token, in ms. */
const LONGEST_TOKEN_LIFE = 24 * 60 * 60 * 1000;

export interface StoredKey {
  readonly kid: string;
  readonly use: TokenUse;
  readonly public: JWK;
  /** Undefined after the key was retired. Then it verifies, but does not sign. */
  readonly private?: JWK;
  /** When a retired key is removed from the JWKS, in milliseconds since the epoch. */
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
  readonly #store: Documents<StoredKey>;
  #keys: readonly StoredKey[] = [];
  readonly #signers = new Map<TokenUse, { readonly kid: string; readonly key: KeyObject }>();

  private constructor(store: Documents<StoredKey>) {
    this.#store = store;
  }

  /** Reads the keys, and makes them if there are none. */
  static async open(store: Documents<StoredKey>): Promise<KeyRing> {
    const ring = new KeyRing(store);
    const kept = store.all();
    ring.#set(kept.length > 0 ? kept : await makeKeys());
    if (kept.length === 0) for (const key of ring.#keys) store.save(key.kid, key);
    return ring;
  }

  /** The pool's JWKS: the keys that sign, and retired ones whose tokens may still be valid. */
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

  /** The public key with this id, if it is still valid. */
  publicKey(kid: string | undefined): KeyObject | undefined {
    const found = this.#live().find((key) => key.kid === kid);
    return found && createPublicKey({ key: found.public as JsonWebKeyInput['key'], format: 'jwk' });
  }

  sign(use: TokenUse, claims: Record<string, unknown>): Promise<string> {
    const signer = this.#signers.get(use);
    if (signer === undefined) throw new TypeError(`there is no key for ${use} tokens`);
    const header = { kid: signer.kid, alg: 'RS256' };
    return new SignJWT(claims).setProtectedHeader(header).sign(signer.key);
  }

  /** New keys sign from now on. The old ones verify for as long as their tokens can be valid. */
  async rotate(transaction: (work: () => void) => void): Promise<void> {
    const made = await makeKeys();
    const until = Date.now() + LONGEST_TOKEN_LIFE;
    const retired = this.#live().map((key) => ({
      kid: key.kid,
      use: key.use,
      public: key.public,
      until: key.until ?? until,
    }));
    transaction(() => {
      for (const { kid } of this.#keys) this.#store.delete(kid);
      for (const key of [...made, ...retired]) this.#store.save(key.kid, key);
    });
    this.#set([...made, ...retired]);
  }

  #live(): readonly StoredKey[] {
    return this.#keys.filter(({ until }) => until === undefined || until > Date.now());
  }

  #set(keys: readonly StoredKey[]): void {
    this.#keys = keys;
    for (const { kid, use, private: jwk } of keys)
      if (jwk)
        this.#signers.set(use, {
          kid,
          key: createPrivateKey({ key: jwk as JsonWebKeyInput['key'], format: 'jwk' }),
        });
  }
}
