/** The secret of an app client, in Secrets Manager. */
import { RemovalPolicy, SecretValue } from 'aws-cdk-lib';
import type { CfnUserPoolClient, UserPoolClient } from 'aws-cdk-lib/aws-cognito';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { explain } from '../explain.ts';

export interface ClientSecretProps {
  /** With `generateSecret`. */
  readonly client: UserPoolClient;
  readonly secretName: string;
  /** @default - RETAIN */
  readonly removalPolicy?: RemovalPolicy;
  /** @default - a key of AWS */
  readonly encryptionKey?: IKey;
}

/**
 * Id and secret of an app client in Secrets Manager, as `{"clientId", "clientSecret"}`. Neither the
 * template nor an output contains it, because CloudFormation passes it on at deployment.
 */
export class ClientSecret extends Construct {
  readonly secret: Secret;
  readonly secretName: string;

  constructor(
    scope: Construct,
    id: string,
    { client, secretName, removalPolicy, encryptionKey }: ClientSecretProps,
  ) {
    super(scope, id);
    this.secretName = secretName;
    // The attribute of the L1 construct, because the L2 getter would add a Lambda function that reads it.
    const { attrClientSecret } = client.node.defaultChild as CfnUserPoolClient;
    this.secret = new Secret(this, 'Secret', {
      secretName,
      ...(encryptionKey && { encryptionKey }),
      description: 'App client of the user pool',
      secretObjectValue: {
        clientId: SecretValue.unsafePlainText(client.userPoolClientId),
        clientSecret: SecretValue.resourceAttribute(attrClientSecret),
      },
      removalPolicy: removalPolicy ?? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    explain(this.secret, {
      'AwsSolutions-SMG4':
        'Cognito makes the secret and cannot rotate it in place: a new client is made instead (docs/operations.md).',
    });
  }
}
