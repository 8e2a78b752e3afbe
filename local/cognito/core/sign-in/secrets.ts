/** Checks the secret of an app client that has one. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { ClientRecord, ClientSecret } from '../../store/records.ts';
import { notAuthorized } from '../errors.ts';

const same = (given: string, expected: string): boolean => {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
};

/** The secrets of a client, the oldest first. None for a public client. */
export function secretsOf(client: ClientRecord): readonly ClientSecret[] {
  const { ClientId, ClientSecret: value, CreationDate, secrets } = client;
  if (secrets !== undefined) return secrets;
  if (!value) return [];
  const created = CreationDate?.getTime() ?? 0;
  return [{ id: `${ClientId}--${created}`, value, created }];
}

/** The `SECRET_HASH` of a request: an HMAC of username and client id. */
export const secretHash = (secret: string, username: string, clientId: string): string =>
  createHmac('sha256', secret)
    .update(username + clientId)
    .digest('base64');

/** Checks the HMAC of user name and client id that a request carries. */
export function checkSecretHash(client: ClientRecord, username: string, hash?: string): void {
  const { ClientId } = client;
  const secrets = secretsOf(client);
  if (secrets.length === 0) return;
  if (hash === undefined)
    throw notAuthorized(
      `Client ${ClientId} is configured with secret but SECRET_HASH was not received`,
    );
  if (!secrets.some(({ value }) => same(hash, secretHash(value, username, ClientId))))
    throw notAuthorized(`Unable to verify secret hash for client ${ClientId}`);
}

/** Checks the secret itself, where an operation takes it plainly. */
export function checkSecret(client: ClientRecord, secret = ''): void {
  const { ClientId } = client;
  const secrets = secretsOf(client);
  if (secrets.length > 0 && !secrets.some(({ value }) => same(secret, value)))
    throw notAuthorized(`Unable to verify secret for client ${ClientId}`);
}
