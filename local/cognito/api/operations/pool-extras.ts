/** Domains and tags of user pools. They are kept and returned, and nothing here depends on them. */
import { invalidParameter, notFound } from '../../core/errors.ts';
import type { Pool } from '../../core/pool/pool.ts';
import type { Service } from '../../core/pool/service.ts';
import type { Input } from '../input.ts';
import type { Operations } from '../operation.ts';
import type { ServiceOperation } from './pools.ts';

export const poolExtras: Operations = {
  UpdateUserPoolDomain: (pool, { input }) => {
    checkDomain(pool, input.text('Domain'));
    return domainAnswer(pool, input);
  },

  DeleteUserPoolDomain: (pool, { input }) => {
    checkDomain(pool, input.text('Domain'));
    const { Domain: _, CustomDomain: __, domainVersion: ___, ...settings } = pool.store.settings;
    pool.store.saveSettings(settings);
    return {};
  },
};

export const serviceExtras: Readonly<Record<string, ServiceOperation>> = {
  CreateUserPoolDomain: (service, input) => {
    const domain = input.text('Domain');
    const pool = service.pool(input.text('UserPoolId'));
    if (poolOfDomain(service, domain) !== undefined)
      throw invalidParameter('Domain already associated with another user pool.');
    const { Domain, CustomDomain } = pool.store.settings;
    const isCustom = input.has('CustomDomainConfig');
    if ((isCustom ? CustomDomain : Domain) !== undefined)
      throw invalidParameter(`User pool ${pool.id} already has a domain configured.`);
    const field = isCustom ? { CustomDomain: domain } : { Domain: domain };
    pool.store.saveSettings({ ...pool.store.settings, ...field });
    return domainAnswer(pool, input);
  },

  /** As on AWS, a domain that nobody has is an empty description. */
  DescribeUserPoolDomain: (service, input) => {
    const domain = input.text('Domain');
    const pool = poolOfDomain(service, domain);
    if (pool === undefined) return { DomainDescription: {} };
    return {
      DomainDescription: {
        Domain: domain,
        UserPoolId: pool.id,
        AWSAccountId: accountOf(pool),
        Status: 'ACTIVE',
        ManagedLoginVersion: pool.store.settings.domainVersion ?? 1,
      },
    };
  },

  TagResource: (service, input) => {
    const pool = poolOfArn(service, input.text('ResourceArn'));
    const UserPoolTags = { ...tagsOf(pool), ...input.strings('Tags') };
    pool.store.saveSettings({ ...pool.store.settings, UserPoolTags });
    return {};
  },

  UntagResource: (service, input) => {
    const pool = poolOfArn(service, input.text('ResourceArn'));
    const gone = input.list('TagKeys');
    const kept = Object.entries(tagsOf(pool)).filter(([key]) => !gone.includes(key));
    pool.store.saveSettings({ ...pool.store.settings, UserPoolTags: Object.fromEntries(kept) });
    return {};
  },

  ListTagsForResource: (service, input) => ({
    Tags: tagsOf(poolOfArn(service, input.text('ResourceArn'))),
  }),
};

const tagsOf = ({ store }: Pool): Readonly<Record<string, string>> =>
  store.settings.UserPoolTags ?? {};

const accountOf = ({ store }: Pool): string => store.settings.Arn?.split(':')[4] ?? '';

function poolOfArn(service: Service, arn: string): Pool {
  const pool = service.all().find(({ store }) => store.settings.Arn === arn);
  if (pool === undefined) throw notFound(`Resource ${arn} does not exist.`);
  return pool;
}

const poolOfDomain = (service: Service, domain: string): Pool | undefined =>
  service
    .all()
    .find(({ store: { settings } }) => [settings.Domain, settings.CustomDomain].includes(domain));

function checkDomain({ store }: Pool, domain: string): void {
  if (![store.settings.Domain, store.settings.CustomDomain].includes(domain))
    throw notFound(`No such domain or user pool exists: ${domain}`);
}

/** Saves which version of managed login the domain has, 1 or 2, and returns it. */
function domainAnswer(pool: Pool, input: Input): object {
  const domainVersion = input.number('ManagedLoginVersion') ?? 1;
  pool.store.saveSettings({ ...pool.store.settings, domainVersion });
  return { ManagedLoginVersion: domainVersion };
}
