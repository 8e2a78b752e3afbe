/** All resources of a stage in one stack, composed of lib/constructs. */
import {
  type FunctionDefaults,
  PreTokenTrigger,
  Reader,
  readRoutes,
  StageKey,
} from '@cognito-supabase/cdk';
import type { DeployOutput } from '@cognito-supabase/contract/settings';
import { RemovalPolicy, Stack, type StackProps, Tags } from 'aws-cdk-lib';
import { type IUserPool, UserPool } from 'aws-cdk-lib/aws-cognito';
import type { Function as Lambda } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { must } from '../../config/checks/refuse.ts';
import { isExisting, type StageSettings } from '../../config/settings.ts';
import type { FunctionsPlace } from '../bundle.ts';
import { addOutputs } from '../outputs.ts';
import { addApi } from './api.ts';
import { addOperations } from './operations.ts';
import { OwnPool } from './own-pool.ts';

export interface KitStackProps extends StackProps {
  /** Checked settings. */
  readonly settings: StageSettings;
  readonly place?: FunctionsPlace;
}

/**
 * One stage is one stack, because its parts refer to each other. With several stacks, each change of a
 * client would change exports. The removal policy of the pool protects it, so it needs no stack of its
 * own.
 */
export class KitStack extends Stack {
  constructor(scope: Construct, id: string, { settings, place, ...props }: KitStackProps) {
    super(scope, id, props);
    Tags.of(this).add('cognito-supabase:stage', settings.stage);
    const prefix = `cognito-supabase/${settings.stage}`;
    const removalPolicy =
      settings.removal === 'retain'
        ? // Kept with the stack, and gone with a first deployment that fails: it blocks no second one.
          RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE
        : RemovalPolicy.DESTROY;
    const kept = {
      removalPolicy,
      ...(settings.encryption && { encryptionKey: new StageKey(this, 'Key', removalPolicy) }),
    };
    const functions: FunctionDefaults = { ...settings.functions, ...place, ...kept };

    const own = isExisting(settings.pool)
      ? undefined
      : new OwnPool(this, 'Users', { settings, functions, prefix });
    const pool: IUserPool =
      own?.pool ?? UserPool.fromUserPoolId(this, 'ExistingPool', existingId(settings));
    // Supabase computes it from region and pool id, and the pool is set to it.
    const issuer = `https://cognito-idp.${this.region}.amazonaws.com/${pool.userPoolId}`;
    const people = own?.clients.forPeople.map((client) => client.userPoolClientId);
    const machine = own?.clients.machine?.userPoolClientId;
    const clientIds = isExisting(settings.pool)
      ? settings.pool.clientIds
      : [...(people ?? []), ...(machine ? [machine] : [])];

    const preToken = new PreTokenTrigger(this, 'PreToken', {
      ...functions,
      ...settings.preToken,
      machineClaims: machineClaimsOf(settings),
      pool,
    }).lambda;
    const triggers = new Map<string, Lambda>([['pre-token', preToken], ...(own?.triggers ?? [])]);
    const api =
      settings.api &&
      addApi(this, {
        ...{ settings, functions, pool, issuer, clientIds },
        queue: own?.queue,
        routes: routesOf(settings, place),
      });
    const reader =
      settings.reader &&
      new Reader(this, 'Reader', {
        ...settings.reader,
        pool,
        secretName: `${prefix}/reader`,
        ...kept,
      });
    const operations = addOperations(this, {
      settings,
      pool,
      triggers,
      clients: own?.clients.forPeople ?? [],
      deadLetters: own?.deadLetters,
      api: api?.http,
      kept: { ...kept, ...(functions.logDays && { logDays: functions.logDays }) },
    });

    const outputs: Readonly<Record<DeployOutput, string | undefined>> = {
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
      LoginDomainTarget: own?.login?.target,
      IdentityPoolId: own?.identities?.id,
      IdentityBucket: own?.identities?.bucket?.bucket.bucketName,
      ApiUrl: operations.apiUrl ?? api?.http.url,
      RestApiUrl: api?.rest?.api.url,
      ApiDomainTarget: api?.http.domainTarget?.name,
      ApiDomainHostedZoneId: api?.http.domainTarget?.hostedZoneId,
      PreTokenFunctionArn: preToken.functionArn,
      ReaderUserName: reader?.user.userName,
      ReaderSecretName: reader?.secretName,
      AlarmTopicArn: operations.topicArn,
    };
    addOutputs(this, outputs);
  }
}

/** Claims of machines: those in the settings, and those of the machine client by its scopes. */
function machineClaimsOf({ preToken, clients }: StageSettings) {
  const { resourceServer, scopes = {}, claims } = clients?.machine ?? {};
  const own = claims
    ? Object.keys(scopes).map((scope) => [`${resourceServer}/${scope}`, claims] as const)
    : [];
  return { ...preToken?.machineClaims, ...Object.fromEntries(own) };
}

/** The routes. Their groups must exist in the pool, because a missing group would refuse everybody. */
function routesOf({ pool, api }: StageSettings, place: FunctionsPlace | undefined) {
  const routes = readRoutes(place, [
    ...(api?.admin ? (['admin'] as const) : []),
    ...(api?.webhook ? (['webhook'] as const) : []),
  ]);
  if (isExisting(pool)) return routes;
  const known = new Set((pool.groups ?? []).map(({ name }) => name));
  for (const { method, path, groups = [] } of routes) {
    const missing = groups.find((name) => !known.has(name));
    must(
      missing === undefined,
      'pool.groups',
      `${method} ${path} is for ${missing}, and the pool has no such group`,
      'Add it, or leave out api.admin.',
    );
  }
  return routes;
}

const existingId = ({ pool }: StageSettings): string => (isExisting(pool) ? pool.existingId : '');
