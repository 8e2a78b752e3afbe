/** The secrets of an app client: two at once, so that a server can change from one to the other. */
import { awsError, invalidParameter, notFound } from '../../core/errors.ts';
import { makeClientSecret } from '../../core/pool/pool-settings.ts';
import { secretsOf } from '../../core/sign-in/secrets.ts';
import type { ClientRecord, ClientSecret } from '../../store/records.ts';
import { clientOf, type Operations } from '../operation.ts';

const MOST = 2;

export const clientSecrets: Operations = {
  /** The one time that the value is returned, unless the caller has given it. */
  AddUserPoolClientSecret: (pool, { input }) => {
    const client = clientOf(pool, input);
    const before = secretsOf(client);
    if (before.length >= MOST)
      throw awsError('LimitExceededException', `A client has at most ${MOST} secrets.`);
    const given = input.maybe('ClientSecret');
    const created = Date.now();
    const added: ClientSecret = {
      id: `${client.ClientId}--${created}`,
      value: given ?? makeClientSecret(),
      created,
    };
    pool.store.clients.save(client.ClientId, withSecrets(client, [...before, added]));
    const value = given === undefined ? { ClientSecretValue: added.value } : {};
    return { ClientSecretDescriptor: { ...descriptor(added), ...value } };
  },

  ListUserPoolClientSecrets: (pool, { input }) => ({
    ClientSecrets: secretsOf(clientOf(pool, input)).map(descriptor),
  }),

  DeleteUserPoolClientSecret: (pool, { input }) => {
    const client = clientOf(pool, input);
    const id = input.text('ClientSecretId');
    const before = secretsOf(client);
    const after = before.filter((secret) => secret.id !== id);
    if (after.length === before.length) throw notFound(`Client secret ${id} does not exist.`);
    if (after.length === 0) throw invalidParameter('The only secret of a client stays.');
    pool.store.clients.save(client.ClientId, withSecrets(client, after));
    return {};
  },
};

const descriptor = ({ id, created }: ClientSecret) => ({
  ClientSecretId: id,
  ClientSecretCreateDate: new Date(created),
});

/** `ClientSecret`, which DescribeUserPoolClient returns, is the oldest one. */
const withSecrets = (client: ClientRecord, secrets: readonly ClientSecret[]): ClientRecord => ({
  ...client,
  ...(secrets[0] && { ClientSecret: secrets[0].value }),
  secrets,
});
