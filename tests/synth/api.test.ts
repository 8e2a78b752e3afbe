/** The functions of the API: their rights, one for all or one for each route, webhooks, and the REST API. */
import { describe, expect, it } from 'vitest';
import { routes } from '../../functions/api/routes.ts';
import type { StageSettings } from '../../infra/config/settings.ts';
import { BASE, FULL, only, template } from './support.ts';

const FUNCTION = 'AWS::Lambda::Function';
const GROUPS = { pool: { groups: [{ name: 'admin' }, { name: 'support' }] } };
const withApi = (
  api: Partial<NonNullable<StageSettings['api']>>,
  more: Partial<StageSettings> = {},
) =>
  template({
    ...BASE,
    ...GROUPS,
    supabase: { ...BASE.supabase, secretName: 'kit/supabase' },
    ...more,
    api: { corsOrigins: [], ...api },
  });

type Made = ReturnType<typeof template>;
interface Statement {
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
}

/** What a function may do, besides writing its log. */
function rightsOf(made: Made, id: RegExp): readonly Statement[] {
  const { Role } = only(made, FUNCTION, id) as { Role: { 'Fn::GetAtt': [string] } };
  const [role] = Role['Fn::GetAtt'];
  return Object.values(made.findResources('AWS::IAM::Policy'))
    .filter(({ Properties }) => JSON.stringify(Properties.Roles).includes(role))
    .flatMap(({ Properties }) => Properties.PolicyDocument.Statement as Statement[])
    .filter(({ Action }) => !JSON.stringify(Action).includes('logs:'));
}
const actionsOf = (made: Made, id: RegExp) => rightsOf(made, id).flatMap(({ Action }) => Action);

describe('the routes for administrators', () => {
  const made = withApi({ admin: true });

  it('each have a function that may do what the route needs with this pool, and nothing else', () => {
    expect(actionsOf(made, /POSTadminuserssubdisable/).sort()).toEqual([
      'cognito-idp:AdminDisableUser',
      'cognito-idp:ListUsers',
      'sqs:GetQueueAttributes',
      'sqs:GetQueueUrl',
      'sqs:SendMessage',
    ]);
    expect(actionsOf(made, /GETadminusers[A-Z]/)).toEqual([]);
    expect(actionsOf(made, /GETme/)).toEqual([]);
    for (const { Resource } of rightsOf(made, /DELETEadminuserssub[A-Z]/))
      expect(Resource).toEqual({ 'Fn::GetAtt': [expect.stringMatching(/Pool|Queue/), 'Arn'] });
  });

  it('have the time that Cognito and the database need together', () => {
    expect(only(made, FUNCTION, /POSTadminuserssubdisable/).Timeout).toBe(15);
    expect(only(made, FUNCTION, /GETme/).Timeout).toBe(5);
    expect(only(made, FUNCTION, /POSTadminuserssubdisable/).Environment).toMatchObject({
      Variables: { COGNITO_USER_POOL_ID: { Ref: expect.stringMatching(/Pool/) } },
    });
  });

  it('read no secret', () => {
    expect(JSON.stringify(rightsOf(made, /adminusers.*disable/))).not.toContain('secretsmanager');
  });

  it('want their groups in the pool', () => {
    expect(() => withApi({ admin: true }, { pool: {} })).toThrow(/pool has no such group/);
    expect(() => withApi({}, { pool: {} })).not.toThrow();
  });
});

describe('one function for all routes', () => {
  const made = withApi({ admin: true, webhook: { secretName: 'kit/webhook' }, functions: 'one' });

  it('serves each of them, with the rights of all', () => {
    made.resourceCountIs('AWS::ApiGatewayV2::Route', routes.length);
    const api = Object.keys(made.findResources(FUNCTION)).filter((id) => /^ApiFunctions/.test(id));
    expect(api).toHaveLength(1);
    const actions = actionsOf(made, /ApiFunctionsAll/);
    for (const { poolActions = [] } of routes)
      for (const action of poolActions) expect(actions).toContain(`cognito-idp:${action}`);
    expect(actions).toContain('secretsmanager:GetSecretValue');
  });
});

describe('webhooks', () => {
  const made = withApi({ webhook: { secretName: 'kit/webhook' } });

  it('read the names of two secrets, and may read those two', () => {
    expect(only(made, FUNCTION, /POSTauthwebhook/).Environment).toEqual({
      Variables: {
        SUPABASE_URL: 'https://ref.supabase.co',
        SUPABASE_SECRET_NAME: 'kit/supabase',
        WEBHOOK_SECRET_NAME: 'kit/webhook',
      },
    });
    const rights = JSON.stringify(rightsOf(made, /POSTauthwebhook/));
    expect(rights).toContain('secret:kit/webhook-');
    expect(rights).toContain('secret:kit/supabase-');
    expect(rights).not.toContain('cognito-idp');
  });
});

describe('the REST API', () => {
  const made = template(FULL);

  it('is beside the HTTP API only where asked for, with the same routes and functions', () => {
    withApi({}).resourceCountIs('AWS::ApiGateway::RestApi', 0);
    made.resourceCountIs('AWS::ApiGateway::RestApi', 1);
    const methods = Object.values(made.findResources('AWS::ApiGateway::Method')).filter(
      ({ Properties }) => Properties.HttpMethod !== 'OPTIONS',
    );
    expect(methods).toHaveLength(routes.length);
    const open = methods.filter(({ Properties }) => Properties.AuthorizationType === 'NONE');
    expect(open).toHaveLength(routes.filter(({ auth }) => auth !== 'token').length);
    made.hasResourceProperties('AWS::ApiGateway::Authorizer', { Type: 'COGNITO_USER_POOLS' });
  });

  it('takes access tokens, and therefore names a scope on each guarded method', () => {
    for (const { Properties } of Object.values(made.findResources('AWS::ApiGateway::Method'))) {
      if (Properties.AuthorizationType !== 'COGNITO_USER_POOLS') continue;
      expect(Properties.AuthorizationScopes).toEqual(['aws.cognito.signin.user.admin']);
    }
  });

  it('changes no setting of the account', () => {
    made.resourceCountIs('AWS::ApiGateway::Account', 0);
  });
});
