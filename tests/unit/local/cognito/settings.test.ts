/** Settings that are kept and returned, sessions as people see them, and tokens for machines by the API. */
import {
  AdminListUserSessionsCommand,
  AdminRevokeUserSessionCommand,
  CreateManagedLoginBrandingCommand,
  CreateResourceServerCommand,
  CreateTermsCommand,
  CreateUserPoolClientCommand,
  DeleteManagedLoginBrandingCommand,
  DeleteTermsCommand,
  DescribeManagedLoginBrandingByClientCommand,
  DescribeManagedLoginBrandingCommand,
  DescribeRiskConfigurationCommand,
  DescribeTermsByClientCommand,
  DescribeTermsCommand,
  type ExplicitAuthFlowsType,
  GetClientTokenCommand,
  GetLogDeliveryConfigurationCommand,
  GetUICustomizationCommand,
  GetUserCommand,
  InitiateAuthCommand,
  ListTermsCommand,
  ListUserSessionsCommand,
  RevokeUserSessionCommand,
  SetLogDeliveryConfigurationCommand,
  SetRiskConfigurationCommand,
  SetUICustomizationCommand,
  SetUserPoolSessionConfigurationCommand,
  UpdateManagedLoginBrandingCommand,
  UpdateTermsCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addUser, CLIENT, openPool, POOL, signIn, type TestPool } from './support.ts';

const UserPoolId = POOL;
const ofClient = { UserPoolId, ClientId: CLIENT };
let pool: TestPool;
beforeAll(async () => {
  pool = await openPool();
});
afterAll(() => pool.close());

test('branding of managed login', async () => {
  const created = await pool.aws.send(
    new CreateManagedLoginBrandingCommand({ ...ofClient, Settings: { colour: 'green' } }),
  );
  const { ManagedLoginBrandingId } = created.ManagedLoginBranding ?? {};
  const one = { UserPoolId, ManagedLoginBrandingId };
  await expect(
    pool.aws.send(new CreateManagedLoginBrandingCommand(ofClient)),
  ).rejects.toMatchObject({ name: 'ManagedLoginBrandingExistsException' });
  await pool.aws.send(
    new UpdateManagedLoginBrandingCommand({ ...one, Settings: { colour: 'blue' } }),
  );
  const byId = await pool.aws.send(new DescribeManagedLoginBrandingCommand(one));
  const byClient = await pool.aws.send(new DescribeManagedLoginBrandingByClientCommand(ofClient));
  for (const { ManagedLoginBranding } of [byId, byClient])
    expect(ManagedLoginBranding).toMatchObject({
      ManagedLoginBrandingId,
      Settings: { colour: 'blue' },
      CreationDate: expect.any(Date),
    });
  await pool.aws.send(new DeleteManagedLoginBrandingCommand(one));
  await expect(pool.aws.send(new DescribeManagedLoginBrandingCommand(one))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  });
});

test('terms', async () => {
  const given = {
    TermsName: 'terms-of-use',
    TermsSource: 'LINK',
    Enforcement: 'NONE',
    Links: { 'cognito:default': 'https://example.com/terms' },
  } as const;
  const { Terms } = await pool.aws.send(new CreateTermsCommand({ ...ofClient, ...given }));
  const one = { UserPoolId, TermsId: Terms?.TermsId };
  expect(Terms).toMatchObject({ ...given, ClientId: CLIENT });
  await expect(
    pool.aws.send(new CreateTermsCommand({ ...ofClient, ...given })),
  ).rejects.toMatchObject({ name: 'TermsExistsException' });
  const Links = { 'cognito:default': 'https://example.com/new' };
  await pool.aws.send(new UpdateTermsCommand({ ...one, Links }));
  expect((await pool.aws.send(new DescribeTermsCommand(one))).Terms).toMatchObject({ Links });
  const byClient = new DescribeTermsByClientCommand({ ...ofClient, TermsName: given.TermsName });
  expect((await pool.aws.send(byClient)).Terms).toMatchObject({ Links });
  expect((await pool.aws.send(new ListTermsCommand({ UserPoolId }))).Terms).toHaveLength(1);
  await pool.aws.send(new DeleteTermsCommand(one));
  expect((await pool.aws.send(new ListTermsCommand({ UserPoolId }))).Terms).toEqual([]);
});

test('style sheets, risk and logs', async () => {
  const style = new SetUICustomizationCommand({ UserPoolId, CSS: '.a {}' });
  await pool.aws.send(style);
  const ui = await pool.aws.send(new GetUICustomizationCommand(ofClient));
  expect(ui.UICustomization).toMatchObject({ CSS: '.a {}', ClientId: 'ALL' });
  const RiskExceptionConfiguration = { BlockedIPRangeList: ['192.0.2.0/24'] };
  await pool.aws.send(new SetRiskConfigurationCommand({ ...ofClient, RiskExceptionConfiguration }));
  const risk = await pool.aws.send(new DescribeRiskConfigurationCommand(ofClient));
  expect(risk.RiskConfiguration).toMatchObject({ ClientId: CLIENT, RiskExceptionConfiguration });
  const ofPool = await pool.aws.send(new DescribeRiskConfigurationCommand({ UserPoolId }));
  expect(ofPool.RiskConfiguration).not.toHaveProperty('RiskExceptionConfiguration');
  const logs = new GetLogDeliveryConfigurationCommand({ UserPoolId });
  expect((await pool.aws.send(logs)).LogDeliveryConfiguration?.LogConfigurations).toEqual([]);
  const LogConfigurations = [{ LogLevel: 'ERROR', EventSource: 'userNotification' } as const];
  await pool.aws.send(new SetLogDeliveryConfigurationCommand({ UserPoolId, LogConfigurations }));
  expect((await pool.aws.send(logs)).LogDeliveryConfiguration).toMatchObject({ LogConfigurations });
});

describe('sessions', () => {
  const track = (MaxPerUser: number) =>
    pool.aws.send(
      new SetUserPoolSessionConfigurationCommand({
        ...{ UserPoolId, UserSessionTracking: 'ENABLED' },
        TokenSession: { MaxPerUser },
      }),
    );
  const works = (AccessToken: string) =>
    pool.aws.send(new GetUserCommand({ AccessToken })).then(
      () => true,
      () => false,
    );

  test('are listed and ended one by one, by the person and by an administrator', async () => {
    const Username = await addUser(pool);
    const [first, second] = [await signIn(pool, Username), await signIn(pool, Username)];
    const list = new ListUserSessionsCommand({ AccessToken: second.accessToken });
    await expect(pool.aws.send(list)).rejects.toMatchObject({ name: 'InvalidParameterException' });
    await track(20);
    const { Sessions = [] } = await pool.aws.send(list);
    expect(Sessions).toMatchObject([
      { SessionType: 'TOKEN', ClientId: CLIENT, IsCurrentSession: false },
      { SessionType: 'TOKEN', ClientId: CLIENT, IsCurrentSession: true },
    ]);
    expect(Sessions[0]?.SessionId).toMatch(/^tkn[\da-z]{25}$/);
    const revoke = { AccessToken: second.accessToken, SessionId: Sessions[0]?.SessionId };
    await pool.aws.send(new RevokeUserSessionCommand(revoke));
    expect([await works(first.accessToken), await works(second.accessToken)]).toEqual([
      false,
      true,
    ]);
    await expect(pool.aws.send(new RevokeUserSessionCommand(revoke))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
    const user = { UserPoolId, Username };
    const byAdmin = await pool.aws.send(new AdminListUserSessionsCommand(user));
    expect(byAdmin.Sessions).toMatchObject([{ IsCurrentSession: false }]);
    const { SessionId } = byAdmin.Sessions?.[0] ?? {};
    await pool.aws.send(new AdminRevokeUserSessionCommand({ ...user, SessionId }));
    expect(await works(second.accessToken)).toBe(false);
  });

  test('above the limit end, the least recently used first', async () => {
    await track(2);
    const email = await addUser(pool);
    const [first, second] = [await signIn(pool, email), await signIn(pool, email)];
    await pool.aws.send(
      new InitiateAuthCommand({
        ...{ ClientId: CLIENT, AuthFlow: 'REFRESH_TOKEN_AUTH' },
        AuthParameters: { REFRESH_TOKEN: first.refreshToken },
      }),
    );
    await signIn(pool, email);
    expect([await works(first.accessToken), await works(second.accessToken)]).toEqual([
      true,
      false,
    ]);
    await expect(track(0)).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });
});

test('a machine gets a token by the API', async () => {
  await pool.aws.send(
    new CreateResourceServerCommand({
      ...{ UserPoolId, Identifier: 'jobs', Name: 'jobs' },
      Scopes: [{ ScopeName: 'run', ScopeDescription: 'run' }],
    }),
  );
  // The SDK's documentation has this flow, and its type does not.
  const client = (flow: string) =>
    pool.aws.send(
      new CreateUserPoolClientCommand({
        ...{ UserPoolId, ClientName: 'machine', GenerateSecret: true },
        AllowedOAuthFlowsUserPoolClient: true,
        AllowedOAuthFlows: ['client_credentials'],
        AllowedOAuthScopes: ['jobs/run'],
        ExplicitAuthFlows: [flow as ExplicitAuthFlowsType],
      }),
    );
  const { UserPoolClient: allowed } = await client('ALLOW_CLIENT_TOKEN_AUTH');
  const request = { ClientId: allowed?.ClientId, Secret: allowed?.ClientSecret };
  const { ClientAuthenticationResult: result } = await pool.aws.send(
    new GetClientTokenCommand(request),
  );
  expect(decodeJwt(result?.AccessToken ?? '')).toMatchObject({
    sub: allowed?.ClientId,
    scope: 'jobs/run',
  });
  for (const wrong of [{ Secret: 'x' }, { Scopes: ['openid'] }])
    await expect(
      pool.aws.send(new GetClientTokenCommand({ ...request, ...wrong })),
    ).rejects.toThrow();
  const { UserPoolClient: other } = await client('ALLOW_REFRESH_TOKEN_AUTH');
  await expect(
    pool.aws.send(
      new GetClientTokenCommand({ ClientId: other?.ClientId, Secret: other?.ClientSecret }),
    ),
  ).rejects.toMatchObject({ name: 'InvalidParameterException' });
});
