/** The access key that `cognito.users` is read with: in Secrets Manager, or made for the IAM user of the stack. */
import {
  CreateAccessKeyCommand,
  DeleteAccessKeyCommand,
  IAMClient,
  ListAccessKeysCommand,
} from '@aws-sdk/client-iam';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { KitError } from '@cognito-supabase/contract/errors';
import { z } from 'zod';
import { awsError } from '../trigger/aws-error.ts';

/** A key may have been made or deleted without an answer: the next run looks. */
const NO_ANSWER = 'check the network and the proxy, and run it again; what is done stays done';

export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

const keySchema = z.object({
  accessKeyId: z.string().min(1),
  secretAccessKey: z.string().min(1),
});

function keyIn(text: string, name: string): AccessKey {
  try {
    return keySchema.parse(JSON.parse(text));
  } catch {
    // The error of JSON.parse shows the text, so it is dropped.
    throw new KitError(
      'OUTPUTS_WRONG',
      `secret ${name} is not an access key`,
      'it has the form {"accessKeyId", "secretAccessKey"}: deploy again',
    );
  }
}

/** @throws KitError OUTPUTS_WRONG if the secret has another form, or as aws-error.ts */
export async function keyInSecret(name: string, region: string): Promise<AccessKey> {
  const client = new SecretsManagerClient({ region });
  try {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: name }));
    return keyIn(SecretString ?? '', name);
  } catch (error) {
    throw awsError(error, region, NO_ANSWER);
  } finally {
    client.destroy();
  }
}

export interface KeyState {
  readonly id: string;
  readonly isActive: boolean;
  /** By the clock of AWS. */
  readonly created: Date | undefined;
}

/** Access keys of one IAM user. AWS allows two. */
export interface ReaderUser {
  keys(): Promise<readonly KeyState[]>;
  make(): Promise<AccessKey>;
  remove(accessKeyId: string): Promise<void>;
}

export function readerUser(UserName: string, region: string): ReaderUser {
  async function send<T>(work: (client: IAMClient) => Promise<T>, maxAttempts = 3): Promise<T> {
    const client = new IAMClient({ region, maxAttempts });
    try {
      return await work(client);
    } catch (error) {
      if (error instanceof Error && error.name === 'LimitExceededException')
        throw new KitError(
          'KEY_LIMIT',
          `user ${UserName} has two access keys, and AWS allows no third one`,
          `delete the one that is not used: aws iam list-access-keys --user-name ${UserName}`,
        );
      throw awsError(error, region, NO_ANSWER);
    } finally {
      client.destroy();
    }
  }
  return {
    keys: () =>
      send(async (client) => {
        const { AccessKeyMetadata = [] } = await client
          .send(new ListAccessKeysCommand({ UserName }))
          .catch((error: Error) => {
            // The user goes with the stack, and its keys with it.
            if (error.name === 'NoSuchEntityException') return { AccessKeyMetadata: [] };
            throw error;
          });
        return AccessKeyMetadata.flatMap(({ AccessKeyId: id, Status, CreateDate: created }) =>
          id ? [{ id, isActive: Status === 'Active', created }] : [],
        );
      }),
    make: () =>
      send(async (client) => {
        const { AccessKey } = await client.send(new CreateAccessKeyCommand({ UserName }));
        const { AccessKeyId, SecretAccessKey } = AccessKey ?? {};
        if (AccessKeyId && SecretAccessKey)
          return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey };
        const message = `AWS made an access key for user ${UserName}, and did not show it`;
        throw new KitError('POOL_UNREACHABLE', message, NO_ANSWER);
        // Once, because a second try after a lost answer would make a second key.
      }, 1),
    remove: (AccessKeyId) =>
      send(async (client) => {
        await client.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId }));
      }),
  };
}
