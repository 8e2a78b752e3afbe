/** The app client that calls an endpoint of a server: by HTTP Basic, or by fields of the form. */
import { CognitoError } from '../core/errors.ts';
import { clientOf, type Pool } from '../core/pool/pool.ts';
import type { Service } from '../core/pool/service.ts';
import { checkSecret } from '../core/sign-in/secrets.ts';
import type { ClientRecord } from '../store/records.ts';

export type Form = ReadonlyMap<string, string>;

/** An error in the form of RFC 6749, 5.2. As on AWS, its status is always 400. */
export class OAuthError extends Error {
  override readonly name = 'OAuthError';
  readonly code: string;

  constructor(code: string, reason = '') {
    super(reason);
    this.code = code;
  }
}

export interface CallingClient {
  readonly pool: Pool;
  readonly client: ClientRecord;
}

/** @throws OAuthError `invalid_client` if there is no such client, or its secret is wrong. */
export function callingClient(
  service: Service,
  form: Form,
  authorization: string | undefined,
): CallingClient {
  const { id, secret } = credentials(form, authorization);
  if (id === '') throw new OAuthError('invalid_request', 'client_id is missing');
  try {
    const pool = service.poolOfClient(id);
    const client = clientOf(pool, id);
    if (secret !== undefined && client.ClientSecret === undefined)
      throw new OAuthError('invalid_client');
    checkSecret(client, secret);
    return { pool, client };
  } catch (error) {
    if (!(error instanceof CognitoError)) throw error;
    throw new OAuthError('invalid_client');
  }
}

function credentials(form: Form, authorization: string | undefined) {
  const named = form.get('client_id');
  if (authorization === undefined) return { id: named ?? '', secret: form.get('client_secret') };
  const [, encoded] = /^Basic ([\w+/=-]+)$/i.exec(authorization) ?? [];
  const [id, secret] = decodeBasic(encoded ?? '');
  if (id === undefined || secret === undefined) throw new OAuthError('invalid_client');
  if (named !== undefined && named !== id)
    throw new OAuthError('invalid_request', 'client_id is not that of the header Authorization');
  return { id, secret };
}

/** User and password are each form-encoded (RFC 6749, 2.3.1). */
function decodeBasic(encoded: string): readonly (string | undefined)[] {
  const [, id, secret] = /^([^:]*):(.*)$/.exec(Buffer.from(encoded, 'base64').toString()) ?? [];
  try {
    return [id, secret].map((part) => part && decodeURIComponent(part.replaceAll('+', ' ')));
  } catch {
    return [];
  }
}
