/**
 * A CloudFront distribution with a web ACL before the HTTP API, because AWS WAF does not work with HTTP
 * APIs.
 */
import { Fn } from 'aws-cdk-lib';
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import {
  AllowedMethods,
  CachePolicy,
  Distribution,
  OriginProtocolPolicy,
  OriginRequestPolicy,
  OriginSslPolicy,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import { HttpOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { Construct } from 'constructs';
import { explain } from '../explain.ts';

export interface GuardedDistributionProps {
  readonly api: HttpApi;
  /** Of scope CLOUDFRONT. */
  readonly webAclArn: string;
}

/**
 * Passes everything on and caches nothing. The API's own URL stays reachable: throttling and the
 * authorizer guard it, the firewall does not.
 */
export class GuardedDistribution extends Construct {
  readonly url: string;

  constructor(scope: Construct, id: string, { api, webAclArn }: GuardedDistributionProps) {
    super(scope, id);
    const host = Fn.select(2, Fn.split('/', api.apiEndpoint));
    const distribution = new Distribution(this, 'Distribution', {
      webAclId: webAclArn,
      defaultBehavior: {
        origin: new HttpOrigin(host, {
          protocolPolicy: OriginProtocolPolicy.HTTPS_ONLY,
          originSslProtocols: [OriginSslPolicy.TLS_V1_2],
        }),
        viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
        allowedMethods: AllowedMethods.ALLOW_ALL,
        cachePolicy: CachePolicy.CACHING_DISABLED,
        // All headers but Host, because API Gateway routes by it.
        originRequestPolicy: OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
      },
    });
    this.url = `https://${distribution.distributionDomainName}`;
    explain(distribution, {
      'AwsSolutions-CFR1': 'People may call from anywhere.',
      'AwsSolutions-CFR3': 'The API has access logs of its own, without tokens.',
      'AwsSolutions-CFR4':
        'The default certificate of CloudFront allows no other policy; a domain of one’s own would.',
    });
  }
}
