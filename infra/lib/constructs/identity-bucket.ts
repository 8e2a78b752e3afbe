/** A bucket where each identity has a prefix of its own: what an identity pool is good for. */
import { type CfnElement, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { explain } from '../explain.ts';

/** IAM puts the caller's identity here, so that one policy serves everybody. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: IAM's placeholder, not ours
const IDENTITY = '${cognito-identity.amazonaws.com:sub}';

export interface IdentityBucketProps {
  /** Roles whose holders get their prefix. */
  readonly roles: readonly Role[];
  /** DESTROY works while the bucket is empty. @default - RETAIN */
  readonly removalPolicy?: RemovalPolicy;
}

/** Each identity reads and writes `private/IDENTITY/`, lists it, and sees nothing else. */
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

  /** As cdk-nag names the bucket in its findings. */
  private logicalId(): string {
    const stack = Stack.of(this);
    return stack.resolve(stack.getLogicalId(this.bucket.node.defaultChild as CfnElement));
  }
}
