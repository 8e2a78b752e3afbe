/** A bucket with a prefix for each identity of an identity pool. */
import { type CfnElement, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { explain } from '../explain.ts';

/** IAM replaces this by the caller's identity, so one policy is enough for everybody. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: a placeholder of IAM
const IDENTITY = '${cognito-identity.amazonaws.com:sub}';

export interface IdentityBucketProps {
  /** Roles that get access to their prefix. */
  readonly roles: readonly Role[];
  /** DESTROY works while the bucket is empty. @default - RETAIN */
  readonly removalPolicy?: RemovalPolicy;
}

/** Each identity reads, writes and lists `private/IDENTITY/` and nothing else. */
export class IdentityBucket extends Construct {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, { roles, removalPolicy }: IdentityBucketProps) {
    super(scope, id);
    this.bucket = new Bucket(this, 'Bucket', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      removalPolicy: removalPolicy ?? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    explain(this.bucket, {
      'AwsSolutions-S1':
        'A worked example. Access logs need a second bucket: add one where files matter.',
    });
    for (const role of roles) {
      role.addToPolicy(
        new PolicyStatement({
          actions: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'],
          resources: [this.bucket.arnForObjects(`private/${IDENTITY}/*`)],
        }),
      );
      explain(role, {
        [`AwsSolutions-IAM5[Resource::<${this.logicalId()}.Arn>/private/<cognito-identity.amazonaws.com:sub>/*]`]:
          'Whatever is beneath the caller’s own prefix, and nothing beside it.',
      });
      role.addToPolicy(
        new PolicyStatement({
          actions: ['s3:ListBucket'],
          resources: [this.bucket.bucketArn],
          conditions: { StringLike: { 's3:prefix': [`private/${IDENTITY}/*`] } },
        }),
      );
    }
  }

  /** The name of the bucket in findings of cdk-nag. */
  private logicalId(): string {
    const stack = Stack.of(this);
    return stack.resolve(stack.getLogicalId(this.bucket.node.defaultChild as CfnElement));
  }
}
