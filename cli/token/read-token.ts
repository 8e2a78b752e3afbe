/** Reads a token from standard input, never from the arguments: other users of a machine can see those. */
import { KitError } from '@cognito-supabase/contract/errors';
import { decodeJwt, decodeProtectedHeader, type JWTPayload } from 'jose';
import { type Claims, claimText, isTooDeep, parseExactly } from './json.ts';

/** Longest input, in bytes. Tokens of Cognito have about 1 to 4 KB. */
const LONGEST = 64 * 1024;

export interface DecodedToken {
  /** The token itself. It is sent where it is asked for, and never printed. */
  readonly raw: string;
  readonly algorithm: string;
  readonly keyId: string | undefined;
  readonly claims: JWTPayload;
  /** The same claims, whose numbers keep their digits as JSON. This is what a database gets and what is shown. */
  readonly exactClaims: Claims;
}

export type Input = AsyncIterable<Uint8Array | string> & { readonly isTTY?: boolean };

/** @param command for the hint, such as `cognito-supabase token`. @throws KitError `TOKEN_MISSING` */
export async function readInput(input: Input, command: string): Promise<string> {
  const hint = `pipe it in: \`pbpaste | npx ${command}\`, or \`npx ${command} < token.txt\``;
  if (input.isTTY) throw new KitError('TOKEN_MISSING', 'there is no token on standard input', hint);
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of input) {
    const bytes = Buffer.from(part as string);
    size += bytes.length;
    if (size > LONGEST)
      throw new KitError('TOKEN_INVALID', 'standard input is longer than any token', hint);
    parts.push(bytes);
  }
  const text = Buffer.concat(parts).toString('utf8').trim();
  if (text === '') throw new KitError('TOKEN_MISSING', 'standard input is empty', hint);
  return text;
}

/**
 * Decodes a token, with or without `Bearer` before it. It checks no signature.
 *
 * @throws KitError `TOKEN_INVALID`, whose message has nothing of the input
 */
export function decodeToken(text: string): DecodedToken {
  const raw = text.replace(/^(authorization:\s*)?bearer\s+/i, '').trim();
  const parts = raw.split('.');
  const invalid = (message: string, cause?: unknown) =>
    new KitError('TOKEN_INVALID', message, 'give the access token or the ID token of a sign-in', {
      cause,
    });
  if (parts.length === 5)
    throw invalid('this is an encrypted token: a refresh token of Cognito, perhaps');
  if (parts.length !== 3 || !/^[\w.-]+$/.test(raw)) throw invalid('standard input is no token');
  const [header = '', payload = ''] = parts.map((part) =>
    Buffer.from(part, 'base64url').toString(),
  );
  if (isTooDeep(header) || isTooDeep(payload))
    throw invalid(
      'standard input has the form of a token, and is nested more deeply than any token',
    );
  try {
    const { alg = 'none', kid } = decodeProtectedHeader(raw);
    const keyId = typeof kid === 'string' ? kid : undefined;
    const claims = decodeJwt(raw);
    const exactClaims = parseExactly(payload) as Claims;
    return { raw, algorithm: claimText(alg), keyId, claims, exactClaims };
  } catch (cause) {
    throw invalid('standard input has the form of a token, and cannot be decoded', cause);
  }
}
