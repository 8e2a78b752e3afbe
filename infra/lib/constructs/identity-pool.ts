/** AWS credentials for signed-in people. */
import type { RemovalPolicy } from 'aws-cdk-lib';
import {
  CfnIdentityPool,
  CfnIdentityPoolRoleAttachment,
  type CfnUserPoolGroup,
  type IUserPool,
  type UserPoolClient,
} from 'aws-cdk-lib/aws-cognito';
import { FederatedPrincipal, OidcProviderNative, Role } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { IdentityPoolSettings } from '../../config/settings.ts';
import { explain } from '../explain.ts';
import { IdentityBucket } from './identity-bucket.ts';

export interface IdentityPoolProps extends IdentityPoolSettings {
  readonly pool: IUserPool;
  /** Clients whose tokens it accepts. */
  readonly clients: readonly UserPoolClient[];
  /** Group name → group, for groups with their own role. */
  readonly groups: ReadonlyMap<string, CfnUserPoolGroup>;
  /** Removal policy of the bucket. @default - RETAIN */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * An identity pool with a role for signed-in people, a role for each named group, and a role for guests
 * if guests are enabled.
 *
 * @example new IdentityPool(this, 'Identities', { pool, clients: [web], groups, bucket: true });
 */
export class IdentityPool extends Construct {
  readonly id: string;
  readonly bucket: IdentityBucket | undefined;

  constructor(scope: Construct, id: string, props: IdentityPoolProps) {
    super(scope, id);
    const { auth0, guests = false } = props;
    // An account has one provider for a tenant, so a second stage names the provider of the first.
    const providerArn =
      auth0 &&
      (auth0.providerArn ??
        new OidcProviderNative(this, 'Auth0', {
          url: `https://${auth0.domain}`,
          clientIds: [...auth0.clientIds],
        }).oidcProviderArn);
    const identities = new CfnIdentityPool(this, 'Identities', {
      allowUnauthenticatedIdentities: guests,
      // The classic flow lets the caller choose a role.
      allowClassicFlow: false,
      cognitoIdentityProviders: props.clients.map((client) => ({
        providerName: props.pool.userPoolProviderName,
        clientId: client.userPoolClientId,
        // Checks with the pool at each exchange, so that a person who was signed out gets no credentials.
        serverSideTokenCheck: true,
      })),
      ...(providerArn && { openIdConnectProviderArns: [providerArn] }),
    });
    this.id = identities.ref;

    const role = (name: string, kind: 'authenticated' | 'unauthenticated') =>
      new Role(this, name, {
        assumedBy: new FederatedPrincipal(
          'cognito-identity.amazonaws.com',
          {
            StringEquals: { 'cognito-identity.amazonaws.com:aud': identities.ref },
            'ForAnyValue:StringLike': { 'cognito-identity.amazonaws.com:amr': kind },
          },
          'sts:AssumeRoleWithWebIdentity',
        ),
      });
    const signedIn = role('SignedIn', 'authenticated');
    const groupRoles = (props.groupRoles ?? []).map((name) => {
      const groupRole = role(`Group-${name}`, 'authenticated');
      const group = props.groups.get(name);
      if (group) group.roleArn = groupRole.roleArn;
      return groupRole;
    });
    new CfnIdentityPoolRoleAttachment(this, 'Roles', {
      identityPoolId: identities.ref,
      roles: {
        authenticated: signedIn.roleArn,
        ...(guests && { unauthenticated: role('Guest', 'unauthenticated').roleArn }),
      },
      ...(groupRoles.length && { roleMappings: this.byGroup(props) }),
    });
    if (props.bucket) {
      this.bucket = new IdentityBucket(this, 'Bucket', {
        roles: [signedIn, ...groupRoles],
        ...(props.removalPolicy && { removalPolicy: props.removalPolicy }),
      });
    }
    if (guests) explain(identities, { 'AwsSolutions-COG7': 'Guests were asked for in settings.' });
  }

  /** The role of a person's strongest group, or the common role if no group has one. */
  private byGroup({ pool, clients }: IdentityPoolProps) {
    return Object.fromEntries(
      clients.map((client) => [
        // A key must not be a CDK token, so the provider is in the value.
        client.node.id,
        {
          type: 'Token',
          ambiguousRoleResolution: 'AuthenticatedRole',
          identityProvider: `${pool.userPoolProviderName}:${client.userPoolClientId}`,
        },
      ]),
    );
  }
}
