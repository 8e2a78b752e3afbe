import { describe, expect, it } from 'vitest';
import { routes } from '../../functions/api/routes.ts';
import { BASE, FULL, only, template, templateWith } from './support.ts';

/** With IAM's placeholder for the caller's identity. */
const OWN_PREFIX = ['private/$', '{cognito-identity.amazonaws.com:sub}/*'].join('');

const full = template(FULL);
const least = templateWith({});
const api = (more = {}) => templateWith({ api: { corsOrigins: ['http://localhost:1'], ...more } });

describe('the HTTP API', () => {
  const made = api();

  it('is not there unless asked for', () => {
    least.resourceCountIs('AWS::ApiGatewayV2::Api', 0);
  });

  it('has every route of the table, open only if the table says so', () => {
    const found = Object.values(made.findResources('AWS::ApiGatewayV2::Route')).map(
      ({ Properties }) => [Properties.RouteKey, Properties.AuthorizationType],
    );
    expect(found.sort()).toEqual(
      routes
        .filter(({ part }) => part === undefined)
        .map(({ method, path, auth }) => [`${method} ${path}`, auth === 'token' ? 'JWT' : 'NONE'])
        .sort(),
    );
    expect(Object.fromEntries(found)).toEqual({
      'GET /health': 'NONE',
      'GET /me': 'JWT',
      'GET /openapi.json': 'NONE',
      'GET /workspaces/{id}': 'JWT',
    });
  });

  it('takes tokens of this pool, for its clients', () => {
    const { JwtConfiguration } = only(full, 'AWS::ApiGatewayV2::Authorizer') as {
      JwtConfiguration: { Audience: unknown[]; Issuer: unknown };
    };
    expect(JwtConfiguration.Audience).toHaveLength(4);
    expect(JSON.stringify(JwtConfiguration.Issuer)).toContain(
      'https://cognito-idp.us-east-1.amazonaws.com/',
    );
  });

  it('gives a function where Supabase is only where it needs it, and no secret', () => {
    const { JwtConfiguration } = only(made, 'AWS::ApiGatewayV2::Authorizer') as {
      JwtConfiguration: { Issuer: unknown };
    };
    expect(only(made, 'AWS::Lambda::Function', /GETme/).Environment).toEqual({
      Variables: {
        SUPABASE_URL: 'https://ref.supabase.co',
        SUPABASE_PUBLISHABLE_KEY: 'sb_publishable_x',
        COGNITO_ISSUER: JwtConfiguration.Issuer,
        COGNITO_CLIENT_IDS: { Ref: expect.stringContaining('Web') },
      },
    });
    expect(only(made, 'AWS::Lambda::Function', /GEThealth/).Environment).toBeUndefined();
  });

  it('throttles', () => {
    const settings = (from: typeof made) =>
      only(from, 'AWS::ApiGatewayV2::Stage').DefaultRouteSettings;
    expect(settings(made)).toEqual({ ThrottlingBurstLimit: 100, ThrottlingRateLimit: 50 });
    expect(settings(api({ throttle: { rate: 5, burst: 9 } }))).toEqual({
      ThrottlingBurstLimit: 9,
      ThrottlingRateLimit: 5,
    });
  });

  it('logs in JSON, without anything that could hold a token', () => {
    const { AccessLogSettings } = only(made, 'AWS::ApiGatewayV2::Stage') as {
      AccessLogSettings: { Format: string };
    };
    const fields = Object.values<string>(JSON.parse(AccessLogSettings.Format));
    expect(fields).toContain('$context.requestId');
    for (const field of fields) expect(field).not.toMatch(/header|query|path|body|\*/i);
  });

  it('lets browsers of the settings’ origins call, and no others', () => {
    expect(only(made, 'AWS::ApiGatewayV2::Api').CorsConfiguration).toMatchObject({
      AllowOrigins: ['http://localhost:1'],
      AllowMethods: ['GET'],
      AllowHeaders: ['authorization', 'content-type', 'idempotency-key'],
    });
    expect(JSON.stringify(made.findResources('AWS::ApiGatewayV2::Api'))).not.toContain('"*"');
  });

  it('has a domain of its own by choice, and then no other address', () => {
    made.resourceCountIs('AWS::ApiGatewayV2::DomainName', 0);
    expect(only(made, 'AWS::ApiGatewayV2::Api').DisableExecuteApiEndpoint).toBe(false);
    const own = api({
      domain: {
        name: 'api.example.com',
        certificateArn: 'arn:aws:acm:eu-central-1:123456789012:certificate/abc',
      },
    });
    expect(only(own, 'AWS::ApiGatewayV2::DomainName').DomainName).toBe('api.example.com');
    own.resourceCountIs('AWS::ApiGatewayV2::ApiMapping', 1);
    expect(only(own, 'AWS::ApiGatewayV2::Api').DisableExecuteApiEndpoint).toBe(true);
    expect(own.findOutputs('ApiUrl').ApiUrl?.Value).toBe('https://api.example.com');
  });
});

describe('the identity pool', () => {
  const IDENTITIES = 'AWS::Cognito::IdentityPool';
  const ROLES = 'AWS::Cognito::IdentityPoolRoleAttachment';
  const small = templateWith({ identityPool: {} });

  it('is not there unless asked for', () => {
    least.resourceCountIs(IDENTITIES, 0);
    least.resourceCountIs('AWS::S3::Bucket', 0);
    least.resourceCountIs('AWS::IAM::OIDCProvider', 0);
  });

  it('takes people of the pool, and asks the pool each time', () => {
    expect(only(small, IDENTITIES)).toMatchObject({
      AllowUnauthenticatedIdentities: false,
      AllowClassicFlow: false,
      CognitoIdentityProviders: [{ ServerSideTokenCheck: true }],
    });
  });

  it('has no role for guests unless asked for', () => {
    expect(Object.keys(only(small, ROLES).Roles as object)).toEqual(['authenticated']);
    expect(JSON.stringify(small.findResources('AWS::IAM::Role'))).not.toContain(
      '"unauthenticated"',
    );
    expect(only(full, IDENTITIES).AllowUnauthenticatedIdentities).toBe(true);
    expect(Object.keys(only(full, ROLES).Roles as object)).toContain('unauthenticated');
  });

  it('gives roles to identities of this pool alone', () => {
    const { AssumeRolePolicyDocument } = only(small, 'AWS::IAM::Role', /SignedIn/);
    expect(AssumeRolePolicyDocument).toMatchObject({
      Statement: [
        {
          Action: 'sts:AssumeRoleWithWebIdentity',
          Condition: {
            StringEquals: { 'cognito-identity.amazonaws.com:aud': { Ref: expect.any(String) } },
            'ForAnyValue:StringLike': { 'cognito-identity.amazonaws.com:amr': 'authenticated' },
          },
        },
      ],
    });
  });

  it('gives groups a role of their own by choice', () => {
    expect(only(full, 'AWS::Cognito::UserPoolGroup', /admin/).RoleArn).toBeDefined();
    expect(only(full, 'AWS::Cognito::UserPoolGroup', /support/).RoleArn).toBeUndefined();
    expect(Object.values(only(full, ROLES).RoleMappings as object)).toContainEqual(
      expect.objectContaining({ Type: 'Token', AmbiguousRoleResolution: 'AuthenticatedRole' }),
    );
    expect(only(small, ROLES).RoleMappings).toBeUndefined();
  });

  it('gives each identity its prefix of the bucket, and lists no other', () => {
    const { PolicyDocument } = only(full, 'AWS::IAM::Policy', /SignedIn/) as {
      PolicyDocument: { Statement: { Action: unknown; Resource: unknown; Condition?: unknown }[] };
    };
    const [objects, listing] = PolicyDocument.Statement;
    expect(JSON.stringify(objects?.Resource)).toContain(`/${OWN_PREFIX}`);
    expect(listing).toMatchObject({
      Action: 's3:ListBucket',
      Condition: {
        StringLike: { 's3:prefix': [OWN_PREFIX] },
      },
    });
    expect(only(full, 'AWS::S3::Bucket').PublicAccessBlockConfiguration).toMatchObject({
      RestrictPublicBuckets: true,
    });
  });

  it('guests get nothing of the bucket', () => {
    expect(Object.keys(full.findResources('AWS::IAM::Policy')).join()).not.toContain('Guest');
  });

  it('takes Auth0 directly by choice, without thumbprint or function', () => {
    expect(only(full, 'AWS::IAM::OIDCProvider')).toEqual({
      Url: 'https://tenant.auth0.com',
      ClientIdList: ['a0'],
      Tags: expect.anything(),
    });
    expect(only(full, IDENTITIES).OpenIdConnectProviderARNs).toHaveLength(1);
    expect(only(small, IDENTITIES).OpenIdConnectProviderARNs).toBeUndefined();
  });
});

describe('the reader', () => {
  it('is not there unless asked for', () => {
    least.resourceCountIs('AWS::IAM::User', 0);
  });

  it('may list the users of this pool and nothing else', () => {
    const made = templateWith({ reader: {} });
    expect(only(made, 'AWS::IAM::ManagedPolicy').PolicyDocument).toMatchObject({
      Statement: [
        {
          Action: 'cognito-idp:ListUsers',
          Effect: 'Allow',
          Resource: { 'Fn::GetAtt': [expect.stringMatching(/^UsersPool/), 'Arn'] },
        },
      ],
    });
    made.resourceCountIs('AWS::IAM::AccessKey', 0);
    made.resourceCountIs('AWS::SecretsManager::Secret', 0);
  });

  it('has a key in Secrets Manager by choice, which a higher serial replaces', () => {
    const made = (serial: number) => templateWith({ reader: { accessKey: { serial } } });
    expect(only(made(1), 'AWS::IAM::AccessKey').Serial).toBe(1);
    expect(only(made(2), 'AWS::IAM::AccessKey').Serial).toBe(2);
    const secret = only(made(1), 'AWS::SecretsManager::Secret');
    expect(secret.Name).toBe('cognito-supabase/dev/reader');
    expect(JSON.stringify(secret.SecretString)).toContain('SecretAccessKey');
  });
});

describe('operations', () => {
  const ALARM = 'AWS::CloudWatch::Alarm';
  const alarms = Object.keys(full.findResources(ALARM)).join();

  it('nothing of it is there unless asked for', () => {
    for (const type of [
      ALARM,
      'AWS::CloudWatch::Dashboard',
      'AWS::SNS::Topic',
      'AWS::WAFv2::WebACL',
    ])
      least.resourceCountIs(type, 0);
  });

  it.each([
    'pretokenerrors',
    'pretokenthrottles',
    'pretokenduration',
    'failedsignins',
    'api4xx',
    'api5xx',
  ])('an alarm for %s, which tells the topic', (name) => {
    expect(alarms).toContain(name);
    const alarm = only(full, ALARM, new RegExp(name));
    expect(alarm.AlarmActions).toHaveLength(1);
    expect(alarm.TreatMissingData).toBe('notBreaching');
  });

  it('failed sign-ins are attempts without successes, of every client of people', () => {
    const { Metrics } = only(full, ALARM, /failedsignins/) as { Metrics: unknown[] };
    // One expression, and attempts and successes of three clients.
    expect(Metrics).toHaveLength(7);
    expect(JSON.stringify(Metrics)).toContain('SignInSuccesses');
  });

  it('no alarm for an API that is not there', () => {
    const made = templateWith({ operations: { alarms: { failedSignIns: 3 } } });
    expect(Object.keys(made.findResources(ALARM)).join()).not.toContain('api');
    expect(only(made, ALARM, /failedsignins/).Threshold).toBe(3);
    made.resourceCountIs('AWS::SNS::Subscription', 0);
  });

  it('the topic has a subscriber by choice, and takes nothing unencrypted', () => {
    expect(only(full, 'AWS::SNS::Subscription')).toMatchObject({
      Protocol: 'email',
      Endpoint: 'ops@example.com',
    });
    expect(JSON.stringify(full.findResources('AWS::SNS::TopicPolicy'))).toContain(
      'SecureTransport',
    );
  });

  it('a dashboard', () => {
    full.resourceCountIs('AWS::CloudWatch::Dashboard', 1);
  });

  it('a firewall before the pool', () => {
    const made = templateWith({ operations: { firewall: { pool: true, requestsPerAddress: 77 } } });
    expect(only(made, 'AWS::WAFv2::WebACL')).toMatchObject({ Scope: 'REGIONAL' });
    expect(JSON.stringify(only(made, 'AWS::WAFv2::WebACL').Rules)).toContain('"Limit":77');
    expect(only(made, 'AWS::WAFv2::WebACLAssociation').ResourceArn).toEqual({
      'Fn::GetAtt': [expect.stringMatching(/^UsersPool/), 'Arn'],
    });
    made.resourceCountIs('AWS::CloudFront::Distribution', 0);
  });

  it("a firewall before the API, with CloudFront's URL as output", () => {
    expect(only(full, 'AWS::WAFv2::WebACL', /ApiAcl/)).toMatchObject({ Scope: 'CLOUDFRONT' });
    expect(JSON.stringify(full.findOutputs('ApiUrl'))).toContain('ApiFirewallDistribution');
    const webAclArn = 'arn:aws:wafv2:us-east-1:123456789012:global/webacl/a/b';
    const elsewhere = template({
      ...BASE,
      api: { corsOrigins: [] },
      operations: { firewall: { api: { webAclArn } } },
    });
    elsewhere.resourceCountIs('AWS::WAFv2::WebACL', 0);
    expect(only(elsewhere, 'AWS::CloudFront::Distribution').DistributionConfig).toMatchObject({
      WebACLId: webAclArn,
    });
  });
});
