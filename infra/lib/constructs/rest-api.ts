/** A REST API beside the HTTP API: the same routes and functions, behind an authorizer of the user pool. */
import type { ApiRoute } from '@cognito-supabase/contract/settings';
import {
  RestApi as Api,
  AuthorizationType,
  CognitoUserPoolsAuthorizer,
  EndpointType,
  LambdaIntegration,
} from 'aws-cdk-lib/aws-apigateway';
import type { IUserPool } from 'aws-cdk-lib/aws-cognito';
import type { Function as Lambda } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { ApiSettings } from '../../config/settings.ts';
import { explain } from '../explain.ts';
import { routeKey } from './api-functions.ts';
import { openBecause } from './http-api.ts';

export interface RestApiProps extends Pick<ApiSettings, 'corsOrigins' | 'throttle'> {
  readonly name: string;
  readonly pool: IUserPool;
  readonly routes: readonly ApiRoute[];
  /** Route, as in `GET /me` → function. */
  readonly lambdas: ReadonlyMap<string, Lambda>;
  /** X-Ray. @default - false */
  readonly tracing?: boolean;
}

/**
 * Without scopes this authorizer takes ID tokens only, and with scopes access tokens only. Every access token of the
 * kit's clients has this scope.
 *
 * Source: API Gateway developer guide, "Control access to REST APIs using Amazon Cognito user pools".
 */
const SCOPE_OF_PEOPLE = 'aws.cognito.signin.user.admin';

/**
 * Its authorizer takes access tokens of every client of the pool, so the handlers check the client again.
 *
 * @example new RestApi(this, 'Rest', { name, pool, routes, lambdas, corsOrigins: [origin] });
 */
export class RestApi extends Construct {
  readonly api: Api;

  constructor(scope: Construct, id: string, props: RestApiProps) {
    super(scope, id);
    const { rate = 50, burst = 100 } = props.throttle ?? {};
    this.api = new Api(this, 'Api', {
      restApiName: props.name,
      endpointTypes: [EndpointType.REGIONAL],
      // The role for its logs would be a setting of the whole account.
      cloudWatchRole: false,
      deployOptions: {
        throttlingRateLimit: rate,
        throttlingBurstLimit: burst,
        tracingEnabled: props.tracing ?? false,
      },
      defaultCorsPreflightOptions: {
        allowOrigins: [...props.corsOrigins],
        allowHeaders: ['authorization', 'content-type', 'idempotency-key'],
      },
    });
    // CDK adds an output of its own, which the contract does not have.
    this.api.node.tryRemoveChild('Endpoint');
    const authorizer = new CognitoUserPoolsAuthorizer(this, 'Token', {
      cognitoUserPools: [props.pool],
    });
    for (const route of props.routes) this.addRoute(route, authorizer, props);
    const inFunctions = 'The functions log each request, without personal data.';
    explain(this.api, {
      'AwsSolutions-APIG2': 'The functions check each request against its schema.',
    });
    explain(this.api.deploymentStage, {
      'AwsSolutions-APIG1': inFunctions,
      'AwsSolutions-APIG3': 'A choice of the settings: operations.firewall.',
      'AwsSolutions-APIG6': inFunctions,
    });
  }

  private addRoute(
    route: ApiRoute,
    authorizer: CognitoUserPoolsAuthorizer,
    { lambdas }: RestApiProps,
  ) {
    const { method, path, auth, scopes = [SCOPE_OF_PEOPLE] } = route;
    const lambda = lambdas.get(routeKey(route));
    if (lambda === undefined) throw new Error(`${routeKey(route)} has no function`);
    const resource = this.api.root.resourceForPath(path);
    const made = resource.addMethod(
      method,
      new LambdaIntegration(lambda),
      auth === 'token'
        ? {
            authorizer,
            authorizationType: AuthorizationType.COGNITO,
            authorizationScopes: [...scopes],
          }
        : { authorizationType: AuthorizationType.NONE },
    );
    if (auth !== 'token')
      explain(made, {
        'AwsSolutions-APIG4': openBecause(route),
        'AwsSolutions-COG4': openBecause(route),
      });
  }
}
