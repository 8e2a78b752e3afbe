/** Identity providers of a pool, and links of users to accounts at them. */
import { awsError, invalidParameter, notFound } from '../../core/errors.ts';
import { type Pool, userOf } from '../../core/pool/pool.ts';
import { linkAccount, SUBJECT, unlinkAccount } from '../../core/users/federation.ts';
import {
  checkProvider,
  isSocial,
  providerOf,
  providersOf,
} from '../../core/users/identity-providers.ts';
import type { IdentityProviderRecord } from '../../store/records.ts';
import type { Input } from '../input.ts';
import type { Operations } from '../operation.ts';
import { pageOf } from '../pages.ts';

const SETTINGS = ['ProviderDetails', 'AttributeMapping', 'IdpIdentifiers', 'AcrMapping'] as const;

export const identityProviders: Operations = {
  CreateIdentityProvider: (pool, { input }) => {
    const now = new Date();
    const ProviderName = input.text('ProviderName');
    if (pool.store.identityProviders.get(ProviderName) !== undefined)
      throw awsError(
        'DuplicateProviderException',
        `Identity provider ${ProviderName} already exists.`,
      );
    const provider: IdentityProviderRecord = {
      UserPoolId: pool.id,
      ProviderName,
      ProviderType: input.text('ProviderType'),
      ProviderDetails: {},
      AttributeMapping: { username: 'sub' },
      CreationDate: now,
      LastModifiedDate: now,
    };
    return { IdentityProvider: save(pool, provider, input) };
  },

  DescribeIdentityProvider: (pool, { input }) => ({
    IdentityProvider: providerOf(pool.store, input.text('ProviderName')),
  }),

  GetIdentityProviderByIdentifier: (pool, { input }) => {
    const identifier = input.text('IdpIdentifier');
    const provider = pool.store.identityProviders
      .all()
      .find(({ IdpIdentifiers }) => IdpIdentifiers?.includes(identifier));
    if (provider === undefined) throw notFound(`Identity provider ${identifier} does not exist.`);
    return { IdentityProvider: provider };
  },

  UpdateIdentityProvider: (pool, { input }) => {
    const provider = providerOf(pool.store, input.text('ProviderName'));
    return { IdentityProvider: save(pool, { ...provider, LastModifiedDate: new Date() }, input) };
  },

  DeleteIdentityProvider: (pool, { input }) => {
    const { ProviderName } = providerOf(pool.store, input.text('ProviderName'));
    const user = pool.store.clients
      .all()
      .find((client) => providersOf(client).includes(ProviderName));
    if (user !== undefined)
      throw invalidParameter(
        `Identity provider ${ProviderName} is used by client ${user.ClientId}.`,
      );
    pool.store.identityProviders.delete(ProviderName);
    return {};
  },

  ListIdentityProviders: (pool, { input }) => {
    const all = pool.store.identityProviders.all();
    const { page, next } = pageOf(all, input, { limit: 'MaxResults', most: 60 });
    return {
      Providers: page.map(({ ProviderName, ProviderType, CreationDate, LastModifiedDate }) => ({
        ...{ ProviderName, ProviderType, CreationDate, LastModifiedDate },
      })),
      ...next,
    };
  },

  AdminLinkProviderForUser: (pool, { input }) => {
    const destination = input.map('DestinationUser');
    const user = userOf(pool, usernameOf(destination));
    const source = input.map('SourceUser');
    const provider = source.text('ProviderName');
    if (provider === 'Cognito')
      throw invalidParameter(
        'Invalid SourceUser: Cognito users with a username/password may not be passed in as a SourceUser, only as a DestinationUser',
      );
    const { ProviderType: type } = providerOf(pool.store, provider);
    const attribute = source.text('ProviderAttributeName');
    if (isSocial(type) && attribute !== SUBJECT)
      throw invalidParameter(`ProviderAttributeName of ${provider} must be ${SUBJECT}.`);
    const value = source.text('ProviderAttributeValue');
    linkAccount(pool, user, { provider, attribute, value });
    return {};
  },

  AdminDisableProviderForUser: (pool, { input }) => {
    const account = input.map('User');
    const provider = account.text('ProviderName');
    const value = account.text('ProviderAttributeValue');
    if (provider === 'Cognito') {
      // The user keeps its linked accounts, and has no password any more.
      pool.users.save({ ...userOf(pool, value), password: '' });
      return {};
    }
    providerOf(pool.store, provider);
    const attribute = account.text('ProviderAttributeName');
    unlinkAccount(pool, { provider, attribute, value });
    return {};
  },
};

/** An own user of another provider is named by its account there. */
const usernameOf = (destination: Input): string => {
  const provider = destination.text('ProviderName');
  const value = destination.text('ProviderAttributeValue');
  return provider === 'Cognito' ? value : `${provider}_${value}`;
};

function save(pool: Pool, before: IdentityProviderRecord, input: Input): IdentityProviderRecord {
  const provider = { ...before, ...input.pick(...SETTINGS) } as IdentityProviderRecord;
  checkProvider(pool.store, provider);
  for (const identifier of provider.IdpIdentifiers ?? [])
    if (
      pool.store.identityProviders
        .all()
        .some(
          (other) =>
            other.ProviderName !== provider.ProviderName &&
            other.IdpIdentifiers?.includes(identifier),
        )
    )
      throw awsError('DuplicateProviderException', `Identifier ${identifier} already exists.`);
  pool.store.identityProviders.save(provider.ProviderName, provider);
  return provider;
}
