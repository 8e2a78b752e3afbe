/** The HTTP API, wired from a table of routes. */
import type { ApiRoute } from '@cognito-supabase/contract/settings';
import { Duration, type RemovalPolicy } from 'aws-cdk-lib';
import {
  HttpApi as Api,
  CorsHttpMethod,
  DomainName,
  HttpMethod,
  HttpNoneAuthorizer,
  HttpStage,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import type { IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Function as Lambda } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { ApiSettings, LogDays } from '../../config/settings.ts';
import { explain } from '../explain.ts';
import { AccessLog } from './access-log.ts';
import { routeKey, routeName } from './api-functions.ts';

export interface HttpApiProps extends Pick<ApiSettings, 'corsOrigins' | 'domain' | 'throttle'> {
  /** Claim `iss` of the pool's tokens. */
  readonly issuer: string;
  /** App clients whose tokens it accepts. */
  readonly clientIds: readonly string[];
  readonly routes: readonly ApiRoute[];
  /** Route, as in `GET /me` → function. */
  readonly lambdas: ReadonlyMap<string, Lambda>;
  /** Of the access log. @default - 30 */
  readonly logDays?: LogDays;
  /** Of the access log. @default - RETAIN */
  readonly removalPolicy?: RemovalPolicy;
  /** Of the access log. @default - a key of AWS */
  readonly encryptionKey?: IKey;
}

/** Why the gateway asks for no token. */
export const openBecause = (route: ApiRoute): string =>
  route.auth === 'signature'
    ? `${routeKey(route)} is open: its handler checks the signature (routes.ts).`
    : `${routeKey(route)} is open on purpose (routes.ts).`;

/**
 * An API whose gateway requires a token of the pool, for one of the app clients, on guarded routes.
 *
 * @example new HttpApi(this, 'Api', { issuer, clientIds, routes, lambdas, corsOrigins: [origin] });
 */
export class HttpApi extends Construct {
  readonly api: Api;
  readonly stage: HttpStage;
  /** Route, as in `GET /me` → function. */
  readonly lambdas: ReadonlyMap<string, Lambda>;
  readonly url: string;
  /** Target of the DNS record of the custom domain, and the hosted zone for an alias. */
  readonly domainTarget: { readonly name: string; readonly hostedZoneId: string } | undefined;
  /** Requests with an invalid or missing token (401), and without the right (403). */
  readonly refusals: Readonly<Record<'401' | '403', IMetric>>;

  constructor(scope: Construct, id: string, props: HttpApiProps) {
    super(scope, id);
    const domainName = this.domainName(props);
    this.domainTarget = domainName && {
      name: domainName.regionalDomainName,
      hostedZoneId: domainName.regionalHostedZoneId,
    };
    const accessLog = new AccessLog(this, 'AccessLog', props);
    this.refusals = { 401: accessLog.countOf(401), 403: accessLog.countOf(403) };
    this.api = new Api(this, 'Api', {
      createDefaultStage: false,
      corsPreflight: {
        allowOrigins: [...props.corsOrigins],
        allowMethods: [...new Set(props.routes.map(({ method }) => CorsHttpMethod[method]))],
        allowHeaders: ['authorization', 'content-type', 'idempotency-key'],
        maxAge: Duration.hours(1),
      },
      // With a custom domain the default URL is disabled, so nobody bypasses it.
      disableExecuteApiEndpoint: Boolean(domainName),
    });
    this.stage = new HttpStage(this, 'Stage', {
      httpApi: this.api,
      autoDeploy: true,
      throttle: {
        rateLimit: props.throttle?.rate ?? 50,
        burstLimit: props.throttle?.burst ?? 100,
      },
      accessLogSettings: accessLog.settings,
      ...(domainName && { domainMapping: { domainName } }),
    });
    this.url = props.domain ? `https://${props.domain.name}` : this.api.apiEndpoint;
    const token = new HttpJwtAuthorizer('Token', props.issuer, {
      jwtAudience: [...props.clientIds],
    });
    this.lambdas = props.lambdas;
    for (const route of props.routes)
      this.addRoute(route, route.auth === 'token' ? token : new HttpNoneAuthorizer());
  }

  private addRoute(wanted: ApiRoute, authorizer: HttpJwtAuthorizer | HttpNoneAuthorizer) {
    const { method, path, auth, scopes } = wanted;
    const lambda = this.lambdas.get(routeKey(wanted));
    if (lambda === undefined) throw new Error(`${routeKey(wanted)} has no function`);
    const [route] = this.api.addRoutes({
      path,
      methods: [HttpMethod[method]],
      authorizer,
      ...(scopes && { authorizationScopes: [...scopes] }),
      integration: new HttpLambdaIntegration(routeName(wanted), lambda),
    });
    if (route && auth !== 'token') explain(route, { 'AwsSolutions-APIG4': openBecause(wanted) });
  }

  private domainName({ domain }: HttpApiProps): DomainName | undefined {
    return (
      domain &&
      new DomainName(this, 'Domain', {
        domainName: domain.name,
        certificate: Certificate.fromCertificateArn(this, 'Certificate', domain.certificateArn),
      })
    );
  }
}
