/** The functions behind the API: one for each route, or one for all. */
import { API_ENV, type ApiRoute, SERVICE_ENV } from '@cognito-supabase/contract/settings';
import { Duration, Fn } from 'aws-cdk-lib';
import type { IUserPool } from 'aws-cdk-lib/aws-cognito';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Function as Lambda } from 'aws-cdk-lib/aws-lambda';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { ApiSettings, SupabaseSettings } from '../../config/settings.ts';
import { serviceEnvironment } from '../triggers.ts';
import { BundledFunction, type FunctionDefaults } from './bundled-function.ts';

export interface ApiFunctionsProps
  extends FunctionDefaults,
    Pick<ApiSettings, 'functions' | 'webhook'> {
  readonly pool: IUserPool;
  /** Claim `iss` of the pool's tokens. */
  readonly issuer: string;
  /** App clients whose tokens the handlers accept. */
  readonly clientIds: readonly string[];
  readonly routes: readonly ApiRoute[];
  readonly supabase: SupabaseSettings;
  /** Takes what the database did not. @default - a change that the database did not finish is repeated by its caller */
  readonly queue?: IQueue | undefined;
}

/** As in `GET /me`. */
export const routeKey = ({ method, path }: ApiRoute): string => `${method} ${path}`;

/** A name for constructs: `GET-workspaces-id`. */
export const routeName = (route: ApiRoute): string =>
  routeKey(route)
    .replace(/[^A-Za-z0-9]+/g, '-')
    .replace(/-$/, '');

/** A function for each route has the rights of that route alone. One for all has the rights of all. */
export class ApiFunctions extends Construct {
  /** Route, as in `GET /me` → function. */
  readonly lambdas: ReadonlyMap<string, Lambda>;

  constructor(scope: Construct, id: string, props: ApiFunctionsProps) {
    super(scope, id);
    const { routes } = props;
    if (props.functions === 'one') {
      const lambda = this.addFunction('All', 'api/all.ts', routes, props);
      this.lambdas = new Map(routes.map((route) => [routeKey(route), lambda]));
    } else {
      this.lambdas = new Map(
        routes.map((route) => [
          routeKey(route),
          this.addFunction(routeName(route), route.entry, [route], props),
        ]),
      );
    }
  }

  private addFunction(
    id: string,
    entry: string,
    routes: readonly ApiRoute[],
    props: ApiFunctionsProps,
  ): Lambda {
    const { lambda } = new BundledFunction(this, id, {
      ...props,
      entry,
      description: routes.length === 1 ? routeKey(routes[0] as ApiRoute) : 'All routes of the API',
      timeout: Duration.seconds(Math.max(...routes.map(({ seconds = 5 }) => seconds))),
      environment: Object.assign({}, ...routes.map((route) => environmentOf(route, props))),
    });
    const actions = new Set(routes.flatMap(({ poolActions = [] }) => poolActions));
    if (actions.size > 0) {
      lambda.addToRolePolicy(
        new PolicyStatement({
          actions: Array.from(actions, (action) => `cognito-idp:${action}`),
          resources: [props.pool.userPoolArn],
        }),
      );
      props.queue?.grantSendMessages(lambda);
    }
    if (routes.some(({ auth }) => auth === 'signature'))
      for (const name of [props.supabase.secretName, props.webhook?.secretName])
        if (name !== undefined)
          Secret.fromSecretNameV2(this, `${id}-${name.replace(/[^\w]+/g, '-')}`, name).grantRead(
            lambda,
          );
    return lambda;
  }
}

function environmentOf(
  { auth, poolActions }: ApiRoute,
  { supabase, issuer, clientIds, pool, queue, webhook }: ApiFunctionsProps,
): Readonly<Record<string, string | undefined>> {
  // An open route does not call Supabase.
  if (auth === 'none') return {};
  if (auth === 'signature')
    return {
      ...serviceEnvironment(supabase),
      [API_ENV.webhookSecretName]: webhook?.secretName,
    };
  return {
    [API_ENV.supabaseUrl]: supabase.url,
    [API_ENV.publishableKey]: supabase.publishableKey,
    [API_ENV.issuer]: issuer,
    [API_ENV.clientIds]: Fn.join(',', [...clientIds]),
    ...(poolActions && {
      [API_ENV.userPoolId]: pool.userPoolId,
      [SERVICE_ENV.queueUrl]: queue?.queueUrl,
    }),
  };
}
