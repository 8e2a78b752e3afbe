/** The IAM user that Postgres reads `cognito.users` with. */
import { RemovalPolicy, SecretValue } from 'aws-cdk-lib';
import type { IUserPool } from 'aws-cdk-lib/aws-cognito';
import { AccessKey, ManagedPolicy, PolicyStatement, User } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { ReaderSettings } from '../../config/settings.ts';
import { explain } from '../explain.ts';

export interface ReaderProps extends ReaderSettings {
  readonly pool: IUserPool;
  /** Name of the secret with the key. @default - cognito-supabase/reader */
  readonly secretName?: string;
  /** Removal policy of the secret. @default - RETAIN */
  readonly removalPolicy?: RemovalPolicy;
  /** @default - a key of AWS */
  readonly encryptionKey?: IKey;
}

/**
 * An IAM user that may call `cognito-idp:ListUsers` on one pool, and nothing else. A user and not a
 * role, because Wrappers signs with a fixed key and cannot assume a role.
 *
 * @example
 * new Reader(this, 'Reader', { pool, accessKey: { serial: 1 } });
 */
export class Reader extends Construct {
  readonly user: User;
  readonly secretName: string | undefined;

  constructor(scope: Construct, id: string, props: ReaderProps) {
    super(scope, id);
    this.user = new User(this, 'User');
    new ManagedPolicy(this, 'Policy', {
      description: 'Lists the users of one Cognito user pool',
      statements: [
        new PolicyStatement({
          actions: ['cognito-idp:ListUsers'],
          resources: [props.pool.userPoolArn],
        }),
      ],
      users: [this.user],
    });
    if (!props.accessKey) return;

    const key = new AccessKey(this, 'Key', { user: this.user, serial: props.accessKey.serial });
    this.secretName = props.secretName ?? 'cognito-supabase/reader';
    const secret = new Secret(this, 'Secret', {
      secretName: this.secretName,
      ...(props.encryptionKey && { encryptionKey: props.encryptionKey }),
      description: 'Access key that lists the users of the pool',
      secretObjectValue: {
        accessKeyId: SecretValue.unsafePlainText(key.accessKeyId),
        secretAccessKey: key.secretAccessKey,
      },
      removalPolicy: props.removalPolicy ?? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    explain(secret, {
      'AwsSolutions-SMG4':
        'The key is also in Vault, where no rotation function reaches: it is rotated by serial (docs/operations.md).',
    });
  }
}
