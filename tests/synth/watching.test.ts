/** Alarms, reactions to risks, and logs. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Template } from 'aws-cdk-lib/assertions';
import { afterAll, describe, expect, it } from 'vitest';
import type { StageSettings } from '../../infra/config/settings.ts';
import { loadStage } from '../../infra/config/stages.ts';
import { BASE, EXISTING, FULL, only, template, templateWith } from './support.ts';

const full = template(FULL);
type Resource = { Type: string; Properties: Record<string, unknown>; DeletionPolicy?: string };
const resources = (from: Template, type: string): Record<string, Resource> =>
  from.findResources(type) as Record<string, Resource>;

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Principal: { readonly Service?: string };
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** Whether CloudWatch, calling for this account over TLS, may publish to a topic. */
function mayPublish(from: Template, topic: string): boolean {
  const statements = Object.values(resources(from, 'AWS::SNS::TopicPolicy'))
    .filter(({ Properties }) => JSON.stringify(Properties.Topics).includes(`"${topic}"`))
    .flatMap(
      ({ Properties }) => (Properties.PolicyDocument as { Statement: Statement[] }).Statement,
    );
  // SNS's default policy, which lets the owner's services publish, exists only without another policy.
  if (statements.length === 0) return true;
  const about = (statement: Statement) => [statement.Action].flat().includes('sns:Publish');
  const allowed = statements.some(
    (one) =>
      one.Effect === 'Allow' &&
      about(one) &&
      one.Principal.Service === 'cloudwatch.amazonaws.com' &&
      JSON.stringify(one.Condition) ===
        '{"StringEquals":{"aws:SourceAccount":{"Ref":"AWS::AccountId"}}}',
  );
  const denied = statements.some(
    (one) =>
      one.Effect === 'Deny' &&
      about(one) &&
      JSON.stringify(one.Condition) !== '{"Bool":{"aws:SecureTransport":"false"}}',
  );
  return allowed && !denied;
}

describe.each<[string, StageSettings]>([
  ['staging', loadStage('staging')],
  ['prod', loadStage('prod')],
  ['everything', FULL],
  ['an existing pool', EXISTING],
])('alarms of %s', (_, settings) => {
  const made = template(settings);
  const alarms = Object.entries(resources(made, 'AWS::CloudWatch::Alarm'));

  it.each(alarms.map(([id]) => id))('%s reaches somebody', (id) => {
    const { Properties } = Object.fromEntries(alarms)[id] as Resource;
    const actions = [Properties.AlarmActions, Properties.OKActions].flat() as unknown as {
      Ref: string;
    }[];
    expect(actions).toHaveLength(2);
    for (const { Ref: topic } of actions) {
      expect(Object.keys(resources(made, 'AWS::SNS::Topic'))).toContain(topic);
      expect(mayPublish(made, topic)).toBe(true);
      const subscriptions = Object.values(resources(made, 'AWS::SNS::Subscription')).filter(
        (one) => (one.Properties.TopicArn as { Ref?: string }).Ref === topic,
      );
      expect(subscriptions.map((one) => one.Properties.Protocol)).toEqual(['email']);
    }
  });
});

describe('alarms', () => {
  const names = Object.keys(resources(full, 'AWS::CloudWatch::Alarm')).join();

  it('are there for each function of the API, and for 401 and 403 apart', () => {
    for (const name of ['GETme', 'GEThealth'].flatMap((route) => [
      `${route}errors`,
      `${route}throttles`,
    ])) {
      expect(names).toContain(`api${name}`);
    }
    const filters = Object.values(resources(full, 'AWS::Logs::MetricFilter')).map(
      ({ Properties }) => Properties.FilterPattern,
    );
    expect(filters.sort()).toEqual(['{ $.status = "401" }', '{ $.status = "403" }']);
    expect(names).toMatch(/api401.*api403/);
  });

  it('count risks where there is threat protection, by the dimensions that Cognito has', () => {
    const risk = only(full, 'AWS::CloudWatch::Alarm', /risktakeover/);
    expect(risk).toMatchObject({ Namespace: 'AWS/Cognito', MetricName: 'AccountTakeoverRisk' });
    expect((risk.Dimensions as { Name: string }[]).map(({ Name }) => Name).sort()).toEqual([
      'Operation',
      'RiskLevel',
      'UserPoolId',
    ]);
    const without = template(loadStage('staging'));
    expect(JSON.stringify(without.toJSON())).not.toContain('AccountTakeoverRisk');
  });
});

describe('threat protection', () => {
  it('reacts as the settings say, and mails by SES', () => {
    const made = only(full, 'AWS::Cognito::UserPoolRiskConfigurationAttachment');
    expect(made).toMatchObject({
      ClientId: 'ALL',
      AccountTakeoverRiskConfiguration: {
        Actions: {
          LowAction: { EventAction: 'NO_ACTION', Notify: false },
          MediumAction: { EventAction: 'MFA_IF_CONFIGURED', Notify: true },
          HighAction: { EventAction: 'BLOCK', Notify: true },
        },
        NotifyConfiguration: { From: 'no-reply@example.com' },
      },
      CompromisedCredentialsRiskConfiguration: { Actions: { EventAction: 'BLOCK' } },
      RiskExceptionConfiguration: {
        BlockedIPRangeList: ['192.0.2.0/24'],
        SkippedIPRangeList: ['198.51.100.0/24', '2001:db8::/32'],
      },
    });
    expect(JSON.stringify(made)).toContain(':identity/example.com');
    templateWith({}).resourceCountIs('AWS::Cognito::UserPoolRiskConfigurationAttachment', 0);
  });

  it('logs of the pool go where AWS delivers them', () => {
    const { LogConfigurations } = only(full, 'AWS::Cognito::LogDeliveryConfiguration');
    expect(
      (LogConfigurations as { EventSource: string }[]).map(({ EventSource }) => EventSource),
    ).toEqual(['userNotification', 'userAuthEvents']);
    const groups = Object.values(resources(full, 'AWS::Logs::LogGroup')).filter(({ Properties }) =>
      String(Properties.LogGroupName).startsWith('/aws/vendedlogs/'),
    );
    expect(groups).toHaveLength(2);
  });
});

describe('the firewall', () => {
  it('logs blocked requests, without tokens, cookies and codes', () => {
    const logging = Object.values(resources(full, 'AWS::WAFv2::LoggingConfiguration'));
    expect(logging).toHaveLength(2);
    for (const { Properties } of logging) {
      expect(Properties.RedactedFields).toEqual([
        { SingleHeader: { Name: 'authorization' } },
        { SingleHeader: { Name: 'cookie' } },
        { QueryString: {} },
      ]);
      expect(JSON.stringify(Properties.LoggingFilter)).toContain('"Action":"BLOCK"');
      expect(JSON.stringify(Properties.LogDestinationConfigs)).not.toContain(':*');
    }
    const groups = Object.values(resources(full, 'AWS::Logs::LogGroup')).filter(({ Properties }) =>
      String(Properties.LogGroupName).startsWith('aws-waf-logs-'),
    );
    expect(groups).toHaveLength(2);
  });
});

describe('a key of one’s own', () => {
  it('encrypts every secret, every log group and the topic', () => {
    for (const [type, property] of [
      ['AWS::SecretsManager::Secret', 'KmsKeyId'],
      ['AWS::Logs::LogGroup', 'KmsKeyId'],
      ['AWS::SNS::Topic', 'KmsMasterKeyId'],
    ] as const) {
      const found = Object.entries(resources(full, type));
      expect(found.length).toBeGreaterThan(0);
      for (const [id, { Properties }] of found)
        expect([id, property in Properties]).toEqual([id, true]);
    }
    expect(only(full, 'AWS::KMS::Key').EnableKeyRotation).toBe(true);
  });

  it('may be used by logs and alarms of this account alone', () => {
    const { Statement } = only(full, 'AWS::KMS::Key').KeyPolicy as { Statement: Statement[] };
    const services = Statement.filter(({ Principal }) => Principal.Service !== undefined);
    expect(services).toHaveLength(2);
    for (const { Condition } of services)
      expect(JSON.stringify(Condition)).toContain('AWS::AccountId');
  });

  it('is not there unless asked for', () => {
    templateWith({}).resourceCountIs('AWS::KMS::Key', 0);
  });
});

describe('a first deployment that fails', () => {
  it('leaves nothing with a name behind, so that the second one can make it', () => {
    const kept = Object.entries(
      template(loadStage('prod')).toJSON().Resources as Record<string, Resource>,
    ).filter(([, { DeletionPolicy }]) => DeletionPolicy === 'Retain');
    expect(kept).toEqual([]);
  });
});

describe('other settings of a pool', () => {
  const pool = only(full, 'AWS::Cognito::UserPool');

  it('passkeys count as both factors, or as one', () => {
    expect(pool.WebAuthnFactorConfiguration).toBe('MULTI_FACTOR_WITH_USER_VERIFICATION');
    const one = templateWith({ pool: { passkeys: { relyingPartyId: 'example.com' } } });
    expect(only(one, 'AWS::Cognito::UserPool').WebAuthnFactorConfiguration).toBe('SINGLE_FACTOR');
    expect(only(templateWith({}), 'AWS::Cognito::UserPool')).not.toHaveProperty(
      'WebAuthnFactorConfiguration',
    );
  });

  it('standard attributes are required', () => {
    const required = (pool.Schema as { Name: string; Required?: boolean }[])
      .filter(({ Required }) => Required)
      .map(({ Name }) => Name);
    expect(required.sort()).toEqual(['email', 'given_name', 'zoneinfo']);
  });

  it('the server client signs in by password if that is chosen', () => {
    const flows = (from: Template) =>
      only(from, 'AWS::Cognito::UserPoolClient', /Server/).ExplicitAuthFlows;
    expect(flows(full)).toContain('ALLOW_ADMIN_USER_PASSWORD_AUTH');
    const { adminPasswordFlow: _, ...server } = FULL.clients?.server ?? {
      callbackUrls: [],
      logoutUrls: [],
    };
    const web = FULL.clients?.web ?? BASE.clients?.web;
    if (!web) throw new Error('no web client');
    const plain = template({ ...FULL, clients: { web, server } });
    expect(flows(plain)).not.toContain('ALLOW_ADMIN_USER_PASSWORD_AUTH');
  });

  it('machine claims go by scope, so that one deployment does', () => {
    const { Variables } = only(full, 'AWS::Lambda::Function', /PreToken/).Environment as {
      Variables: Record<string, string>;
    };
    expect(JSON.parse(Variables.MACHINE_CLAIMS ?? '')).toEqual({
      abc: { plan: 'x' },
      'https://api.example.com/rows:read': { role: 'authenticated', app_role: 'support' },
    });
    expect(only(full, 'AWS::Lambda::Function', /PreToken/).ReservedConcurrentExecutions).toBe(50);
  });
});

describe('providers', () => {
  const details = (name: string) =>
    only(full, 'AWS::Cognito::UserPoolIdentityProvider', new RegExp(`Federation${name}`))
      .ProviderDetails as Record<string, string>;

  it('Facebook and Amazon, with secrets by name', () => {
    expect(details('Facebook')).toMatchObject({ client_id: '123', api_version: 'v21.0' });
    expect(JSON.stringify(details('Facebook').client_secret)).toContain(
      'secretsmanager:kit/facebook',
    );
    expect(details('LoginWithAmazon')).toMatchObject({ authorize_scopes: 'profile' });
  });

  it('another version of a secret changes the template, so that it is read again', () => {
    expect(JSON.stringify(details('LoginWithAmazon').client_secret)).toMatch(
      /secretsmanager:kit\/amazon:SecretString:::v-2/,
    );
  });

  it('a tenant that has its provider in the account is named, not made again', () => {
    const providerArn = 'arn:aws:iam::123456789012:oidc-provider/tenant.auth0.com/';
    const auth0 = { domain: 'tenant.auth0.com', clientIds: ['a'], providerArn };
    const made = templateWith({ identityPool: { auth0 } });
    made.resourceCountIs('AWS::IAM::OIDCProvider', 0);
    expect(only(made, 'AWS::Cognito::IdentityPool').OpenIdConnectProviderARNs).toEqual([
      providerArn,
    ]);
  });
});

describe('routes', () => {
  const folders: string[] = [];
  afterAll(() => {
    for (const folder of folders) rmSync(folder, { recursive: true });
  });

  /** functions/ with one guarded route. */
  const place = (route: object) => {
    const functionsDir = mkdtempSync(join(tmpdir(), 'functions-'));
    folders.push(functionsDir);
    for (const folder of ['api', 'pre-token']) mkdirSync(join(functionsDir, folder));
    const entry = 'export const handler = async () => ({ statusCode: 200 });\n';
    writeFileSync(join(functionsDir, 'api/a.ts'), entry);
    writeFileSync(join(functionsDir, 'pre-token/handler.ts'), entry);
    const table = [{ method: 'GET', path: '/a', auth: 'token', entry: 'api/a.ts', ...route }];
    writeFileSync(
      join(functionsDir, 'api/routes.ts'),
      `export const routes = ${JSON.stringify(table)};`,
    );
    return { functionsDir };
  };
  const settings: StageSettings = {
    ...BASE,
    api: { corsOrigins: [] },
    pool: { groups: [{ name: 'admin' }] },
  };

  it('hand scopes to the gateway', () => {
    const made = template(settings, place({ scopes: ['api/read'], groups: ['admin'] }));
    expect(only(made, 'AWS::ApiGatewayV2::Route').AuthorizationScopes).toEqual(['api/read']);
  });

  it('are refused where the pool has no such group', () => {
    expect(() => template(settings, place({ groups: ['boss'] }))).toThrow(
      /pool.groups: GET \/a is for boss/,
    );
  });
});
