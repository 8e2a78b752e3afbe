/** User pools: made, listed, described, changed and deleted. */
import type { SchemaAttributeType } from '@aws-sdk/client-cognito-identity-provider';
import { invalidParameter } from '../../core/errors.ts';
import { POOL_SETTINGS, requestedPool, withSchema } from '../../core/pool/pool-settings.ts';
import type { Service } from '../../core/pool/service.ts';
import type { Input } from '../input.ts';
import type { Operations } from '../operation.ts';
import { pageOf } from '../pages.ts';
import { poolResponse } from '../responses.ts';

/** Operations that are not about one existing pool. */
export type ServiceOperation = (service: Service, input: Input) => object | Promise<object>;

export const service: Readonly<Record<string, ServiceOperation>> = {
  CreateUserPool: async (all, input) => {
    const fixed = input.pick('AliasAttributes', 'UsernameAttributes', 'UsernameConfiguration');
    const settings = { ...fixed, ...input.pick(...POOL_SETTINGS) };
    const schema = (input.raw.Schema ?? []) as readonly SchemaAttributeType[];
    const name = input.text('PoolName');
    const record = requestedPool(all.settings.region, name, settings, schema);
    return { UserPool: poolResponse(await all.create(record)) };
  },

  DeleteUserPool: (all, input) => {
    const id = input.text('UserPoolId');
    if (all.pool(id).store.settings.DeletionProtection === 'ACTIVE')
      throw invalidParameter(
        'The user pool cannot be deleted because deletion protection is activated. Deletion protection must be inactivated first.',
      );
    all.delete(id);
    return {};
  },

  ListUserPools: (all, input) => {
    const { page, next } = pageOf(all.all(), input, { limit: 'MaxResults', most: 60 });
    return {
      UserPools: page.map(({ store: { settings } }) => ({
        Id: settings.Id,
        Name: settings.Name,
        CreationDate: settings.CreationDate,
        LastModifiedDate: settings.LastModifiedDate,
        LambdaConfig: settings.LambdaConfig,
      })),
      ...next,
    };
  },
};

export const pools: Operations = {
  DescribeUserPool: (pool) => ({ UserPool: poolResponse(pool) }),

  /** As on AWS, a setting that is left out is reset. */
  UpdateUserPool: ({ store }, { input }) => {
    const kept = Object.fromEntries(
      Object.entries(store.settings).filter(
        ([name]) => !(POOL_SETTINGS as readonly string[]).includes(name),
      ),
    ) as typeof store.settings;
    const tags = { ...store.settings.UserPoolTags, ...input.strings('UserPoolTags') };
    store.saveSettings({
      ...kept,
      MfaConfiguration: 'OFF',
      DeletionProtection: 'INACTIVE',
      ...input.pick(...POOL_SETTINGS),
      ...(Object.keys(tags).length > 0 && { UserPoolTags: tags }),
      Name: input.maybe('PoolName') ?? store.settings.Name,
      LastModifiedDate: new Date(),
    });
    return {};
  },

  AddCustomAttributes: ({ store }, { input }) => {
    const attributes = (input.raw.CustomAttributes ?? []) as readonly SchemaAttributeType[];
    for (const { Name = '' } of attributes)
      if (store.settings.SchemaAttributes.some((one) => one.Name === `custom:${Name}`))
        throw invalidParameter(
          `custom:${Name}: Existing attribute already has name custom:${Name}.`,
        );
    store.saveSettings(withSchema(store.settings, attributes));
    return {};
  },
};
