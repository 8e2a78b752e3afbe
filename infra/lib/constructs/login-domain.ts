/** Managed login: Cognito's own pages for signing in, and their domain. */
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import {
  CfnManagedLoginBranding,
  type CfnUserPoolDomain,
  type IUserPool,
  ManagedLoginVersion,
  type UserPoolClient,
  type UserPoolDomain,
} from 'aws-cdk-lib/aws-cognito';
import { Construct } from 'constructs';
import type { LoginSettings } from '../../config/settings.ts';

export interface LoginDomainProps {
  readonly pool: IUserPool;
  /**
   * Clients that people sign in with. Each needs a branding, because its pages show an error without one.
   */
  readonly clients: readonly UserPoolClient[];
  readonly login: LoginSettings;
}

/**
 * A domain with managed login, and a branding for each client.
 *
 * @example new LoginDomain(this, 'Login', { pool, clients: [web], login: { prefix: 'my-app' } });
 */
export class LoginDomain extends Construct {
  readonly domain: UserPoolDomain;
  readonly url: string;
  /** Target of the CNAME or alias of the custom domain. */
  readonly target: string | undefined;

  constructor(scope: Construct, id: string, { pool, clients, login }: LoginDomainProps) {
    super(scope, id);
    this.domain = pool.addDomain('Domain', {
      managedLoginVersion: ManagedLoginVersion.NEWER_MANAGED_LOGIN,
      ...('domain' in login
        ? {
            customDomain: {
              domainName: login.domain,
              certificate: Certificate.fromCertificateArn(
                this,
                'Certificate',
                login.certificateArn,
              ),
            },
          }
        : { cognitoDomain: { domainPrefix: login.prefix } }),
    });
    this.url = this.domain.baseUrl();
    const { attrCloudFrontDistribution } = this.domain.node.defaultChild as CfnUserPoolDomain;
    this.target = 'domain' in login ? attrCloudFrontDistribution : undefined;
    for (const client of clients) {
      new CfnManagedLoginBranding(this, `Branding${client.node.id}`, {
        userPoolId: pool.userPoolId,
        clientId: client.userPoolClientId,
        ...(login.branding ? { settings: login.branding } : { useCognitoProvidedValues: true }),
      });
    }
  }
}
