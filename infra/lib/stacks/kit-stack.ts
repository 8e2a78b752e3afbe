/** Everything of one stage in one stack: composed here, made in lib/constructs. */
import { RemovalPolicy, Stack, type StackProps, Tags } from 'aws-cdk-lib';
import { type IUserPool, UserPool } from 'aws-cdk-lib/aws-cognito';
import type { Function as Lambda } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { isExisting, type StageSettings } from '../../config/settings.ts';
import type { FunctionsPlace } from '../bundle.ts';
import type { FunctionDefaults } from '../constructs/bundled-function.ts';
import { HttpApi } from '../constructs/http-api.ts';
import { PreTokenTrigger } from '../constructs/pre-token-trigger.ts';
import { Reader } from '../constructs/reader.ts';
import { addOutputs } from '../outputs.ts';
import { readRoutes } from '../routes.ts';
import { addOperations } from './operations.ts';
import { OwnPool } from './own-pool.ts';

export interface KitStackProps extends StackProps {
  /** Checked. */
  readonly settings: StageSettings;
  readonly place?: FunctionsPlace;
}

/**
 * One stage. One stack, because its parts name each other: split up, each change of a client would be
 * a change of exports. The pool is kept by its own policy, not by standing apart.
 */
export class KitStack extends Stack {
  constructor(scope: Construct, id: string, { settings, place, ...props }: KitStackProps) {
    super(scope, id, props);
    Tags.of(this).add('cognito-supabase:stage', settings.stage);
    const prefix = `cognito-supabase/${settings.stage}`;
    const functions: FunctionDefaults = {
      ...settings.functions,
      ...place,
      removalPolicy:
        settings.removal === 'retain'
          ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE
          : RemovalPolicy.DESTROY,
    };
    const { removalPolicy } = functions;

    const own = isExisting(settings.pool)
      ? undefined
      : new OwnPool(this, 'Users', { settings, functions, prefix });
    const pool: IUserPool =
      own?.pool ?? UserPool.fromUserPoolId(this, 'ExistingPool', existingId(settings));
    // As Supabase builds it from region and pool id, and as the pool is pinned to.
    const issuer = `https://cognito-idp.${this.region}.amazonaws.com/${pool.userPoolId}`;
    const people = own?.clients.forPeople.map((client) => client.userPoolClientId);
    const machine = own?.clients.machine?.userPoolClientId;
    const clientIds = isExisting(settings.pool)
      ? settings.pool.clientIds
      : [...(people ?? []), ...(machine ? [machine] : [])];

    const preToken = new PreTokenTrigger(this, 'PreToken', {
      ...functions,
      ...settings.preToken,
      pool,
    }).lambda;
    const triggers = new Map<string, Lambda>([['pre-token', preToken], ...(own?.triggers ?? [])]);
    const api =
      settings.api &&
      new HttpApi(this, 'Api', {
        ...functions,
        ...settings.api,
        issuer,
        clientIds,
        routes: readRoutes(place),
        supabase: settings.supabase,
      });
    const reader =
      settings.reader &&
      new Reader(this, 'Reader', {
        ...settings.reader,
        pool,
        secretName: `${prefix}/reader`,
        ...(removalPolicy && { removalPolicy }),
      });
    const operations = addOperations(this, {
      settings,
      pool,
      triggers,
      clients: own?.clients.forPeople ?? [],
      api,
    });

    addOutputs(this, {
      Region: this.region,
      UserPoolId: pool.userPoolId,
      Issuer: issuer,
      ClientId: own?.clients.web.userPoolClientId,
      MobileClientId: own?.clients.mobile?.userPoolClientId,
      ServerClientId: own?.clients.server?.userPoolClientId,
      ServerClientSecretName: own?.clients.serverSecret?.secretName,
      MachineClientId: machine,
      MachineClientSecretName: own?.clients.machineSecret?.secretName,
      TrustedClients: this.toJsonString([
        ...(people ?? clientIds).map((client_id) => ({ issuer, client_id })),
        ...(machine ? [{ issuer, client_id: machine, kind: 'machine' }] : []),
      ]),
      LoginUrl: own?.login?.url,
      IdentityPoolId: own?.identities?.id,
      IdentityBucket: own?.identities?.bucket?.bucket.bucketName,
      ApiUrl: operations.apiUrl ?? api?.url,
      PreTokenFunctionArn: preToken.functionArn,
      ReaderUserName: reader?.user.userName,
      ReaderSecretName: reader?.secretName,
      AlarmTopicArn: operations.topicArn,
    });
  }
}

const existingId = ({ pool }: StageSettings): string => (isExisting(pool) ? pool.existingId : '');
