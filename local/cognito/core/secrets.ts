/** Checks the secret of an app client that has one. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { ClientRecord } from '../store/records.ts';
import { notAuthorized } from './errors.ts';

const same = (given: string, expected: string): boolean => {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
};

/** Checks the HMAC of user name and client id that a request carries. */
export function checkSecretHash(client: ClientRecord, username: string, hash?: string): void {
  const { ClientId, ClientSecret } = client;
  if (!ClientSecret) return;
  if (hash === undefined)
    throw notAuthorized(
      `Client ${ClientId} is configured with secret but SECRET_HASH was not received`,
    );
  const expected = createHmac('sha256', ClientSecret)
    .update(username + ClientId)
    .digest('base64');
  if (!same(hash, expected))
    throw notAuthorized(`Unable to verify secret hash for client ${ClientId}`);
}

/** Checks the secret itself, where an operation takes it plainly. */
export function checkSecret({ ClientId, ClientSecret }: ClientRecord, secret?: string): void {
  if (ClientSecret && !same(secret ?? '', ClientSecret))
    throw notAuthorized(`Unable to verify secret for client ${ClientId}`);
}
