/** The HTTP API, wired from a table of routes. */
import { API_ENV, type ApiRoute } from '@cognito-supabase/contract/settings';
import { Duration, Fn } from 'aws-cdk-lib';
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
import type { Function as Lambda } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { ApiSettings, SupabaseSettings } from '../../config/settings.ts';
import { explain } from '../explain.ts';
import { AccessLog } from './access-log.ts';
import { BundledFunction, type FunctionDefaults } from './bundled-function.ts';

export interface HttpApiProps extends FunctionDefaults, ApiSettings {
  /** Claim `iss` of the pool's tokens. */
  readonly issuer: string;
  /** App clients whose tokens it accepts. */
  readonly clientIds: readonly string[];
  readonly routes: readonly ApiRoute[];
  readonly supabase: SupabaseSettings;
}

/**
 * An API whose gateway requires a token of the pool, for one of the app clients, on guarded routes. Each
 * route has its own function with its own role.
 *
 * @example new HttpApi(this, 'Api', { issuer, clientIds, routes, supabase, corsOrigins: [origin] });
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
        allowHeaders: ['authorization', 'content-type'],
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
    this.lambdas = new Map(
      props.routes.map((route) => [
        `${route.method} ${route.path}`,
        this.addRoute(route, route.auth === 'token' ? token : new HttpNoneAuthorizer(), props),
      ]),
    );
  }

  private addRoute(
    { method, path, entry, auth, scopes, groups }: ApiRoute,
    authorizer: HttpJwtAuthorizer | HttpNoneAuthorizer,
    props: HttpApiProps,
  ) {
    const name = `${method}${path.replace(/[^A-Za-z0-9]+/g, '-')}`;
    const { lambda } = new BundledFunction(this, name, {
      ...props,
      entry,
      description: `${method} ${path}`,
      // An open route does not call Supabase.
      ...(auth === 'token' && {
        environment: {
          [API_ENV.supabaseUrl]: props.supabase.url,
          [API_ENV.publishableKey]: props.supabase.publishableKey,
          [API_ENV.issuer]: props.issuer,
          [API_ENV.clientIds]: Fn.join(',', [...props.clientIds]),
          [API_ENV.groups]: groups?.join(','),
        },
      }),
    });
    const [route] = this.api.addRoutes({
      path,
      methods: [HttpMethod[method]],
      authorizer,
      ...(scopes && { authorizationScopes: [...scopes] }),
      integration: new HttpLambdaIntegration(name, lambda),
    });
    if (route && auth === 'none') {
      explain(route, { 'AwsSolutions-APIG4': `${method} ${path} is open on purpose (routes.ts).` });
    }
    return lambda;
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
